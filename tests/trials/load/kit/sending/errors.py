"""What can be wrong before anything is sent."""


class SendingError(Exception):
    """Nothing is measured; the message says why, to a person."""
