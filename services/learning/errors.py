"""What can go wrong, for a person to read."""


class LearningError(Exception):
    """It cannot be done; the message says why, and what to do."""
