"""What an administrator asks for: who shall be forgotten, or whose films are another's. The same words everywhere."""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from erasure.names import Identity, Keyed
from erasure.tombstones import Tombstone

MAX_REASON = 200
"""Characters."""

LEFT = "Nothing was changed. Add --yes to forget it for good."
"""After what would go."""

ELSEWHERE = (
    "What was sent to a PACS, a record or an audit repository, what was exported, and backups cannot be reached from "
    "here."
)
"""After what went."""


@dataclass(frozen=True)
class Asked:
    """Who shall be forgotten: a patient, studies or films."""

    reason: str
    patient: str = ""
    issuer: str | None = None
    """Who gave the ID; None: whoever did."""
    studies: tuple[str, ...] = ()
    films: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: argparse.Namespace) -> "Asked":
        """What the options say.

        Raises:
            ValueError: the reason is missing, too long, or names who shall be forgotten.
        """
        patient = (given.patient or "").strip()
        if given.issuer is not None and not patient:
            raise ValueError("--issuer goes with --patient")
        studies, films = tuple(given.study or ()), tuple(given.film or ())
        asked = cls(check_reason(given.reason), patient, given.issuer, studies, films)
        refuse_words(asked.reason, (patient, *asked.studies))
        if not (patient or asked.studies or asked.films):
            raise ValueError("say who shall be forgotten: --patient, --study or --film")
        return asked

    def means(self, film: Identity) -> bool:
        """Whether a film shall go."""
        if self.patient:
            of_issuer = self.issuer is None or self.issuer.strip().casefold() == film.issuer.strip().casefold()
            return film.patient.strip() == self.patient and of_issuer
        return film.study in self.studies or film.film in self.films

    def tombstone(self, keyed: Keyed, issuers: set[str], studies: Iterable[str] = ()) -> Tombstone:
        """What is left of it.

        Args:
            keyed: makes the names.
            issuers: of the patient's ID, in the films that were found.
            studies: that were found to be the patient's, where something is kept by study alone.
        """
        names = [*map(keyed.study, sorted({*self.studies, *studies})), *map(keyed.film, self.films)]
        if self.patient:
            found: list[str | None] = [*sorted(issuers)] or [None]
            given = found if self.issuer is None else [self.issuer]
            names += [keyed.patient(self.patient, issuer) for issuer in given]
        return Tombstone(datetime.now(UTC), tuple(names), self.reason, login())

    def check_issuers(self, issuers: set[str]) -> None:
        """Refuse to guess whose ID is meant. Raises ValueError where several gave it."""
        if self.patient and self.issuer is None and len(issuers) > 1:
            told = ", ".join(repr(each) for each in sorted(issuers))
            raise ValueError(f"several have given this ID, perhaps to several people: say which, --issuer of {told}")


class Forgets(Protocol):
    """A service's own way to forget."""

    def look(self, asked: Asked) -> object:
        """How much would go, as text."""

    def forget(self, asked: Asked) -> object:
        """Do it; how much went, as text."""


def carry_out(forgetter: Forgets, asked: Asked, do: bool, at_gateway: Callable[[], object]) -> None:
    """Forget, or only tell how much would go, and print it.

    Args:
        forgetter: the service's.
        asked: who shall be forgotten.
        do: whether to do it.
        at_gateway: has the gateway forget it, too; what came of it, as text.

    Raises:
        Exception: as the service's own.
    """
    if not do:
        print(f"would be forgotten: {forgetter.look(asked)}\n{LEFT}")
        return
    print(f"forgotten: {forgetter.forget(asked)}")
    print(at_gateway(), ELSEWHERE, file=sys.stderr)


def add_arguments(parser: argparse.ArgumentParser) -> "argparse._MutuallyExclusiveGroup":
    """The options of `forget`, in every service; gives the group that says who, for more of them."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--patient", metavar="ID", help="all of a patient, by their ID")
    who.add_argument("--study", nargs="+", metavar="UID", help="all of studies, by Study Instance UID")
    who.add_argument("--film", nargs="+", metavar="ID", help="films, by this service's own ids")
    who.add_argument("--again", action="store_true", help="all who were forgotten before: after a restore")
    parser.add_argument("--issuer", help='who gave the ID (Issuer of Patient ID); "" is nobody')
    parser.add_argument("--reason", default="", help="why; it is kept, so it must not say of whom")
    parser.add_argument("--yes", action="store_true", help="do it; without this it is only told what would go")
    parser.add_argument(
        "--tombstones", type=Path, metavar="FOLDER", help="with --again: the folder from before the restore"
    )
    return who


def add_merge_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `merge`, in every service."""
    parser.add_argument("--from", dest="gone", metavar="ID", required=True, help="the ID that is no longer one")
    parser.add_argument("--into", metavar="ID", required=True, help="the ID that survives")
    parser.add_argument("--issuer", help='who gave both (Issuer of Patient ID); "" is nobody')
    parser.add_argument("--reason", default="", help="why; it is kept, so it must not say of whom")
    parser.add_argument("--yes", action="store_true", help="do it; without this it is only told what would change")


def check_merge(given: argparse.Namespace) -> tuple[str, str, str]:
    """ID that is no longer one, ID that survives, and reason.

    Raises:
        ValueError: they are no two IDs, or the reason is missing, too long, or says who is meant.
    """
    gone, into, reason = given.gone.strip(), given.into.strip(), check_reason(given.reason)
    if not (gone and into) or gone == into:
        raise ValueError("--from and --into are two different IDs")
    refuse_words(reason, (gone, into))
    return gone, into, reason


def rekeyed(keys: int, files: int) -> str:
    """What `rekey` has done, in every service."""
    told = f"{keys} films' keys are encrypted by the new key, and {files} files that were in clear are encrypted"
    return f"{told}\nThe old key can go now. Backups from before cannot be read without it: make a new one first."


def check_reason(reason: str) -> str:
    """The reason, without what surrounds it. Raises ValueError where there is none, or too much of it."""
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or not reason.isprintable():
        raise ValueError(f"--reason: say why, in one line of at most {MAX_REASON} characters, and not of whom")
    return reason


def refuse_words(reason: str, words: tuple[str, ...]) -> None:
    """Keep names and numbers of who is meant out of a reason, which stays. Raises ValueError."""
    said = {word.strip(".,;:()'\"").casefold() for word in reason.split()}
    if any(word.casefold() in said for word in words if word):
        raise ValueError("--reason says who is meant, and it is kept: say only why")


def login() -> str:
    """The login of who runs the command; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
