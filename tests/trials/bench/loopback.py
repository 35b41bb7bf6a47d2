"""Which addresses only this machine can reach."""

from collections.abc import Collection

from tests.trials.bench.errors import MeasurementError
from tests.trials.load.kit.sending.errors import SendingError
from tests.trials.load.kit.sending.hosts import permitted


def loopback(url: str, also: Collection[str] = ()) -> str:
    """The URL without a slash at its end, if it is this machine's, or of a host that was named.

    Raises:
        MeasurementError: it is neither.
    """
    try:
        return permitted(url, also)
    except SendingError as error:
        raise MeasurementError(str(error)) from error
