"""What stops a measurement."""


class MeasurementError(Exception):
    """It could not be measured: the message is for a person, and the exit code 1."""
