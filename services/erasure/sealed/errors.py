"""What can go wrong with what is encrypted at rest; messages are for a person, and name no patient.

NoKeyError      a key-encryption key is not there, is none, or another one than before: nothing starts
OSError
├── LockedError    films cannot be decrypted now: the key-encryption key was changed
└── DamagedError   a file was changed, cut short, is another film's, or its key is gone
"""


class NoKeyError(ValueError):
    """A key-encryption key is not there, is none, or another one than before."""


class LockedError(OSError):
    """A film's key cannot be unwrapped with the key-encryption keys that there are: nothing is lost."""


class DamagedError(OSError):
    """A file was changed, cut short, is another film's, or its key is gone."""
