"""Codes of an app: those that RFC 6238 gives, and when they are taken."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from review.door import totp
from review.door.sealing import Sealer

RFC = base64.b32encode(b"12345678901234567890").decode()

NOW = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)
STEP = totp.step_at(NOW)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stands still; a test may set it."""

    def put(moment):
        monkeypatch.setattr(totp, "this_step", lambda: totp.step_at(moment))

    put(NOW)
    return put


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_published_codes_are_right_at_their_time(clock, at, code):
    """RFC 6238, appendix B, for SHA-1; of its eight digits an app shows the last six (RFC 4226, 5.3)."""
    clock(datetime.fromtimestamp(at, UTC))
    assert totp.step_of(RFC, code[-6:]) == at // 30
    clock(datetime.fromtimestamp(at + 120, UTC))
    assert totp.step_of(RFC, code[-6:]) is None


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps, taken):
    code = pyotp.TOTP(RFC).at(NOW + timedelta(seconds=30 * steps))
    assert totp.step_of(RFC, code) == (STEP + steps if taken else None)


def test_a_step_that_was_used_is_over_and_so_are_those_before():
    codes = {steps: pyotp.TOTP(RFC).at(NOW + timedelta(seconds=30 * steps)) for steps in (-1, 0, 1)}
    taken = {steps: totp.step_of(RFC, code, after=STEP) is not None for steps, code in codes.items()}
    assert taken == {-1: False, 0: False, 1: True}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1" * 1000])
def test_what_is_no_code_is_never_right(typed):
    assert totp.step_of(RFC, typed) is None


def test_a_code_may_be_typed_as_apps_show_it():
    code = pyotp.TOTP(RFC).at(NOW)
    assert totp.step_of(RFC, f" {code[:3]} {code[3:]} ") == STEP


def test_a_secret_has_the_bits_that_are_asked_for_and_is_spelt_in_groups():
    secret = totp.new_secret()
    assert len(base64.b32decode(secret)) == 20 and secret != totp.new_secret()
    assert totp.spelt("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_the_picture_is_squares_and_needs_nothing_from_elsewhere():
    drawn = totp.picture(RFC, '<script>"x')
    assert drawn.startswith("<svg") and "script" not in drawn and "http" not in drawn and "style" not in drawn


def test_what_is_sealed_opens_for_its_purpose_and_in_its_time_alone():
    sealer, other = Sealer(b"k" * 32), Sealer(b"o" * 32)
    sealed = sealer.seal("door", {"who": "ada"}, timedelta(minutes=1))
    assert sealer.open("door", sealed) == {"who": "ada"}
    assert sealer.open("window", sealed) is None and other.open("door", sealed) is None
    assert sealer.open("door", sealer.seal("door", {}, timedelta(seconds=-1))) is None
    for wrong in ("", "x", "é", sealed[:-4], sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]):
        assert sealer.open("door", wrong) is None
