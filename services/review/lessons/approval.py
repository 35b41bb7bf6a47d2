"""A chief's word that a lesson's candidate may be promoted, in a file beside its certificate."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from auditing.disk import READABLE, write_whole
from review.errors import InvalidError, WriteError
from review.languages.texts import gettext as _

APPROVAL = "approval.json"

MAX_REASON_CHARACTERS = 500


class Approval(BaseModel):
    """All of approval.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: str
    """The log-in name."""
    at: AwareDatetime
    reason: str
    certificate_sha256: str
    """Of the bytes of certificate.json: an approval is of one certificate, and of no later one."""


def approved(who: str, reason: str, certificate_sha256: str) -> Approval:
    """An approval, now. Raises InvalidError where the reason is none, or too long."""
    if not (reason := reason.strip()):
        raise InvalidError(_("say why you approve of it"))
    if len(reason) > MAX_REASON_CHARACTERS:
        raise InvalidError(_("the reason is longer than %(most)s characters", most=MAX_REASON_CHARACTERS))
    return Approval(who=who, at=datetime.now(UTC), reason=reason, certificate_sha256=certificate_sha256)


def read_approval(path: Path, certificate_sha256: str) -> tuple[Approval | None, str]:
    """The approval of that certificate; and why there is none though there is a file, for a person."""
    try:
        found = Approval.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, _("its approval cannot be read: %(why)s", why=error.strerror)
    except ValidationError:
        return None, _("its approval is damaged, and counts for nothing")
    if found.certificate_sha256 != certificate_sha256:
        return None, _("%(who)s approved of another certificate, which counts for nothing now", who=found.who)
    return found, ""


def keep(approval: Approval, path: Path) -> None:
    """Write it, whole or not at all. Raises WriteError."""
    try:
        write_whole(path, f"{approval.model_dump_json(indent=1)}\n".encode(), READABLE)
    except OSError as error:
        why = _("the approval cannot be written: %(why)s; nothing was approved", why=error.strerror)
        raise WriteError(why) from error
