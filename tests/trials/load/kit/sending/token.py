"""By which the gateway knows us."""

import os
from collections.abc import Mapping
from pathlib import Path

from .errors import SendingError

TOKEN, FILE = "CXR_TOKEN", "CXR_TOKEN_FILE"
"""Variables of the environment: the token itself, or a file with it."""


def proof(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The header that says who we are; empty where the environment has no token.

    Raises:
        SendingError: the file that it names cannot be read.
    """
    if token := environment.get(TOKEN):
        return {"Authorization": f"Bearer {token.strip()}"}
    if not (name := environment.get(FILE)):
        return {}
    try:
        return {"Authorization": f"Bearer {Path(name).read_text().strip()}"}
    except OSError as error:
        raise SendingError(f"{FILE}={name}: the token cannot be read: {error.strerror}") from error
