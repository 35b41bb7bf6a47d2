"""Whose certificates our HTTP clients believe: read once in a process.

An httpx client that is not told reads them when it is made, which takes longer than a request does, also where it only
ever speaks HTTP.
"""

import ssl
from functools import cache

import httpx


@cache
def usual() -> ssl.SSLContext:
    """Those of SSL_CERT_FILE or SSL_CERT_DIR; without them, those that httpx brings."""
    return httpx.create_ssl_context()
