"""A chief's word that a lesson's candidate may be promoted, in a file beside its certificate."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from certificates.files import write_whole
from review.errors import InvalidError, WriteError

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
        raise InvalidError("say why you approve of it")
    if len(reason) > MAX_REASON_CHARACTERS:
        raise InvalidError(f"the reason is longer than {MAX_REASON_CHARACTERS} characters")
    return Approval(who=who, at=datetime.now(UTC), reason=reason, certificate_sha256=certificate_sha256)


def read_approval(path: Path, certificate_sha256: str) -> tuple[Approval | None, str]:
    """The approval of that certificate; and why there is none though there is a file, for a person."""
    try:
        found = Approval.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"its approval cannot be read: {error.strerror}"
    except ValidationError:
        return None, "its approval is damaged, and counts for nothing"
    if found.certificate_sha256 != certificate_sha256:
        return None, f"{found.who} approved of another certificate, which counts for nothing now"
    return found, ""


def keep(approval: Approval, path: Path) -> None:
    """Write it, whole or not at all. Raises WriteError."""
    try:
        write_whole(f"{approval.model_dump_json(indent=1)}\n".encode(), path)
    except OSError as error:
        raise WriteError(f"the approval cannot be written: {error.strerror}; nothing was approved") from error
