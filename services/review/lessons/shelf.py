"""The folder of lessons: what each one's certificate says, whether it is to be believed, and who approved of it.

REVIEW_LESSONS/signing.pub, and for each lesson N/certificate.json with its signature; N/approval.json is ours.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from certificates import signatures, signing
from certificates.certificate import Certificate
from certificates.expired import reason
from review.errors import NotFoundError
from review.languages.moments import day
from review.languages.texts import gettext as _
from review.lessons.approval import APPROVAL, Approval, read_approval

CERTIFICATE = "certificate.json"
NUMBER = re.compile(r"[1-9][0-9]{0,5}")

MAX_LESSONS_SHOWN = 10
"""On the page: the newest ones."""


@dataclass(frozen=True)
class Lesson:
    """One lesson."""

    number: int
    certificate: Certificate | None
    """None where there is none that can be believed."""
    problem: str
    """Why there is none, for a person."""
    sha256: str
    """Of the certificate's file; empty where there is none."""
    approval: Approval | None
    """Of this certificate."""
    approval_problem: str
    """Why there is none, though there is a file."""
    lapsed: str = ""
    """Why the certificate stands no more, though its date has not come."""

    @property
    def expired(self) -> bool:
        """Whether its certificate has."""
        return self.certificate is not None and (bool(self.lapsed) or datetime.now(UTC) >= self.certificate.expires)

    @property
    def objection(self) -> str:
        """Why nobody may approve of it; empty where a chief may."""
        if self.certificate is None:
            return self.problem
        if self.approval:
            return _("%(who)s has approved of it", who=self.approval.who)
        if not self.certificate.covers(self.certificate.candidate.digests):
            return _("expired: %(why)s", why=self.lapsed) if self.lapsed else ""
        if self.certificate.decision != "promote":
            return _("its candidate may not be promoted, and its conditions say why")
        return _("it expired on %(day)s", day=day(self.certificate.expires.date()))


def newest(folder: Path) -> tuple[list[Lesson], str]:
    """The newest lessons, the newest first; and what is wrong with the folder, for a person, or nothing."""
    try:
        numbers = [int(each.name) for each in folder.iterdir() if NUMBER.fullmatch(each.name) and each.is_dir()]
    except OSError as error:
        return [], _("%(folder)s cannot be read: %(why)s", folder=folder, why=error.strerror)
    return [_lesson(folder, number) for number in sorted(numbers, reverse=True)[:MAX_LESSONS_SHOWN]], ""


def find(folder: Path, number: int) -> Lesson:
    """A lesson. Raises NotFoundError."""
    if not (folder / str(number)).is_dir():
        raise NotFoundError(_("no such lesson"))
    return _lesson(folder, number)


def _lesson(folder: Path, number: int) -> Lesson:
    path = folder / str(number) / CERTIFICATE
    certificate: Certificate | None = None
    problem = sha256 = ""
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        certificate = signing.read(path, folder / signatures.PUBLIC)
    except FileNotFoundError:
        problem = _("it has no certificate yet: it was not judged")
    except OSError as error:
        problem = _("its certificate cannot be read: %(why)s", why=error.strerror)
    except signing.CertificateError as error:
        problem = _("its certificate cannot be believed: %(why)s", why=error)
    if certificate and certificate.lesson != number:
        problem = _("its certificate cannot be believed: it is of lesson %(number)s", number=certificate.lesson)
        certificate = None
    return Lesson(number, certificate, problem, sha256, *read_approval(path.with_name(APPROVAL), sha256), reason(path))
