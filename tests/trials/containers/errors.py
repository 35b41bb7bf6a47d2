"""What goes wrong, said for a person."""


class ContainersError(Exception):
    """The trial cannot go on."""
