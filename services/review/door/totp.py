"""Codes that an app on a telephone makes of a secret and the time (TOTP, RFC 6238).

Six digits, SHA-1 and half a minute: what every app does, whatever else its QR code asks for.
"""

import hmac
from datetime import UTC, datetime

import pyotp
import segno
from markupsafe import Markup

STEP_S = 30
"""Seconds for which a code is good. Source: RFC 6238, 5.2."""

DRIFT = 1
"""Steps before and after now of which a code is taken: telephones' clocks, and slow fingers. Source: RFC 6238, 5.2."""

DIGITS = 6

NAME = "CXR Cascade"
"""What the app calls us."""


def new_secret() -> str:
    """160 random bits, in base 32. Source: RFC 4226, 4 (R6)."""
    return pyotp.random_base32()


def step_at(moment: datetime) -> int:
    """The time step of a moment. Source: RFC 6238, 4.2."""
    return int(moment.timestamp()) // STEP_S


def this_step() -> int:
    """That of now."""
    return step_at(datetime.now(UTC))


def step_of(secret: str, code: str, after: int = -1) -> int | None:
    """The time step that a code is of; None where it is not one of now, or where that step is over.

    Args:
        secret: in base 32.
        code: as typed; apps show a space in it.
        after: a step that was used: codes of it and of those before are taken no more.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    made, now = pyotp.TOTP(secret), this_step()
    steps = range(now - DRIFT, now + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(made.generate_otp(step), typed)]
    return next((step for step in right if step > after), None)


def picture(secret: str, login: str) -> Markup:
    """The QR code from which an app takes the secret, as SVG: no picture of it is ever asked for."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=NAME)
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=5, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704  segno's: squares, and nothing of the address in words


def spelt(secret: str) -> str:
    """The secret as a person types it: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
