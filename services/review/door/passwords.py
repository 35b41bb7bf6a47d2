"""Passwords: Argon2id with the library's parameters, checked in the same time whether there is an account or not."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from review.errors import InvalidError
from review.languages.texts import gettext as _

MIN_CHARACTERS, MAX_CHARACTERS = 12, 200
"""Characters. Source: NIST SP 800-63B asks for 8 or more; a phrase of three words has 12."""

COMMON_PASSWORDS = """
000000000000 111111111111 123123123123 123456123456 123456789012 1234567890123 1234567890ab 121212121212
1q2w3e4r5t6y 1qaz2wsx3edc aaaaaaaaaaaa abc123abc123 abcabcabcabc abcd12345678 abcdefghijkl abcdefghijklm
adminadmin123 administrator administrator1 asdfghjkl123 asdfasdfasdf baseball1234 changeme1234 changemeplease
correcthorsebatterystaple doctor123456 doctordoctor dragon123456 football1234 hospital1234 hospital12345
hospitalhospital iloveyou1234 iloveyouforever letmeinletmein letmein12345 mypassword123 newpassword1
p@ssw0rd1234 passw0rd1234 password1234 password12345 password123456 password123! passwordpassword
qazwsxedcrfv qwerty123456 qwerty654321 qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop[] radiology123
radiologist1 radiologyradiology readingroom1 secret123456 secretsecret sunshine1234 superman1234 trustno1trustno1
welcome12345 welcome123456 welcome2hospital xrayxrayxray zaq12wsxcde3 zxcvbnm12345
"""
COMMON = frozenset(COMMON_PASSWORDS.split())
"""The first that somebody tries who guesses; folded."""

HASHES_AT_ONCE = threading.BoundedSemaphore(4)
"""Each takes 64 MiB: a flood of log-ins must not take the machine's memory."""

_hasher = PasswordHasher()


def check_new(password: str, login: str) -> None:
    """Refuse what is guessed first.

    Raises:
        InvalidError: says what is wrong with it.
    """
    folded = _normal(password).casefold()
    if not MIN_CHARACTERS <= len(folded) <= MAX_CHARACTERS:
        raise InvalidError(
            _("a password has %(least)s to %(most)s characters", least=MIN_CHARACTERS, most=MAX_CHARACTERS)
        )
    if login and len(login) > 3 and login.casefold() in folded:
        raise InvalidError(_("a password must not hold the log-in name"))
    if folded in COMMON or len(set(folded)) < 4:
        raise InvalidError(_("this password is one of those that are tried first: choose another"))


def hashed(password: str) -> str:
    """What the database keeps of a password."""
    with HASHES_AT_ONCE:
        return _hasher.hash(_normal(password))


def right(kept: str | None, password: str) -> bool:
    """Whether it is the password; takes as long where there is none."""
    if len(password) > MAX_CHARACTERS:
        password = ""
    try:
        with HASHES_AT_ONCE:
            _hasher.verify(kept or _nobodys(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """A hash to compare with where there is no account."""
    return _hasher.hash("nobody's password")


def _normal(password: str) -> str:
    """The same characters whichever keyboard they come from. Source: NIST SP 800-63B, 5.1.1.2."""
    return unicodedata.normalize("NFKC", password)
