"""Only this machine is measured: nobody else's service is put under load by mistake."""

import contextlib
import ipaddress
from urllib.parse import urlsplit

from tests.bench.errors import MeasurementError


def loopback(url: str) -> str:
    """The URL without a slash at its end, if it is this machine's.

    Raises:
        MeasurementError: it is not.
    """
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return url.rstrip("/")
    raise MeasurementError(f"{url} is not on this machine; only http://127.0.0.1:PORT, or localhost, is measured")
