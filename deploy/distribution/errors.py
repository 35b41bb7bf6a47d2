"""What can go wrong while a distribution is made."""


class DistributionError(Exception):
    """Why there is none, in one line for who asked for it."""
