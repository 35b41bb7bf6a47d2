"""That a certificate stands no more before its date, and why: a file beside it, which `learning watch` writes."""

import json
from datetime import UTC, datetime
from pathlib import Path

from auditing.disk import READABLE, write_whole

EXPIRED = "expired.json"


def expire(certificate: Path, why: str) -> None:
    """Have a certificate stand no more. The first reason stays. Raises OSError."""
    path = certificate.with_name(EXPIRED)
    if not path.exists():
        told = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "why": why}
        write_whole(path, f"{json.dumps(told)}\n".encode(), READABLE)


def expired(certificate: Path) -> str:
    """That a certificate stands no more, whatever its date, and why; empty where it does."""
    why = reason(certificate)
    return f"expired: {why}" if why else ""


def reason(certificate: Path) -> str:
    """Why it stands no more; empty where it does."""
    path = certificate.with_name(EXPIRED)
    unsaid = f"{path.name} beside it says so, and not why"
    try:
        return str(json.loads(path.read_text())["why"]) or unsaid
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError):
        return unsaid
