"""Which releases films go to when the stack starts: those of before it went down, as far as they still may.

The file of releases outlives the stack. What it lets answer is looked at again: archives, their signatures and pins,
certificate, reference. Where a release may not answer any more, its certificate's parent does if that may, else stable;
the file says why (`withdrawn`), and with it `make status`, the gateway's log and the reading room's page Lessons.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certificates.certificate import Archive, Certificate
from certificates.expired import expired
from certificates.seal import SealError, opened
from certificates.seal import trusted_keys as public_keys
from certificates.signing import CertificateError, read
from local import releases
from local.plan import STABLE, Plan, Size
from local.programs import archives_of
from local.releases import Stages
from vocabulary.stages import STAGES

Document = dict[str, Any]

SHARES = ("canary", "shadow")


@dataclass(frozen=True)
class Restored:
    """What is left of what was chosen before."""

    plan: Plan
    """The replicas of the releases that films go to."""
    choice: Document
    """serve, canary, shadow, and what belongs to them."""
    previous: Document
    """The choice that `make release ARGS=rollback` brings back; empty where there is none."""


class Answering:
    """What a file of releases says, and the archives that are there now."""

    def __init__(self, file: Path, archives: Path, trusted: Path, stages: Stages = STAGES) -> None:
        """Of a file and the stages of its problem. Raises StackError: the file that is there is not one."""
        self._file, self._stages = file, stages
        self._archives, self._trusted = archives, trusted
        self._said = releases.read(file)

    def restored(self, plan: Plan) -> Restored:
        """Of the choice, what still may be.

        Args:
            plan: the replicas that are asked for now; of a release that it does not name, there are as many as before.
        """
        withdrawn: dict[str, str] = dict(self._said.get("withdrawn") or {})
        choice = self._choice(self._said, withdrawn)
        was = releases.read(releases.previous(self._file))
        refused: dict[str, str] = {}
        previous = self._choice(was, refused) if was else {}
        known = set(_named(choice))
        if refused or set(_named(previous)) - known:
            previous = {}
        if not previous and choice["serve"] != STABLE:
            previous = {"serve": STABLE}
        told = {"withdrawn": withdrawn} if withdrawn else {}
        own = {name: self._own(name) for name in sorted(known) if name not in releases.named(plan, self._stages)}
        added = {name: {**plan.releases.get(name, {}), **sizes} for name, sizes in own.items() if sizes}
        return Restored(Plan({**plan.releases, **added}), choice | told, previous)

    def _choice(self, said: Document, withdrawn: dict[str, str]) -> Document:
        """serve, canary, shadow, evidence and references; what falls out is added to withdrawn, with the reason."""
        serve = said.get("serve", STABLE)
        if why := self._objection(said, serve):
            withdrawn[serve] = why
            serve = self._parent(said, serve)
        choice: Document = {"serve": serve}
        for role in SHARES:
            if (share := said.get(role)) and (name := share["release"]) != serve:
                if why := self._objection(said, name, answers=role == "canary"):
                    withdrawn[name] = why
                else:
                    choice[role] = share
        names = set(_named(choice))
        for what in ("evidence", "references"):
            if kept := {name: each for name, each in (said.get(what) or {}).items() if name in names}:
                choice[what] = kept
        return choice

    def _objection(self, said: Document, name: str, answers: bool = True) -> str:
        """Why a release may not do what it did; empty where it may. Stable may whatever the archives are now."""
        if name == STABLE:
            return ""
        try:
            now = self._signed(name)
        except SealError as error:
            return str(error)
        pinned = said.get("releases", {}).get(name, {})
        for stage, archive in now.items():
            where = pinned.get(stage)
            digest = where.get("digest") if isinstance(where, Mapping) else None
            if digest not in (None, archive.digest):
                return f"{stage}.mar is another one than answered before"
        reference = (said.get("references") or {}).get(name)
        if reference and not (self._file.parent / reference).is_file():
            return f"{reference} is gone"
        return self._unproved(said, name, now) if answers else ""

    def _unproved(self, said: Document, name: str, now: Mapping[str, Archive]) -> str:
        ground = (said.get("evidence") or {}).get(name) or {}
        if ground.get("reason"):
            return ""
        try:
            certificate = _certificate(ground)
        except CertificateError as error:
            return f"its certificate: {error}"
        if certificate is None:
            return "the file of releases names no certificate of it, and no reason"
        why = certificate.covers({stage: archive.digest for stage, archive in now.items()})
        why = why or expired(Path(ground["certificate"]))
        return f"its certificate: {why}" if why else ""

    def _parent(self, said: Document, name: str) -> str:
        """The release that a withdrawn one's certificate compares it with, if that is there and may answer."""
        try:
            certificate = _certificate((said.get("evidence") or {}).get(name) or {})
        except CertificateError:
            return STABLE
        if certificate is None:
            return STABLE
        for other in said.get("releases", {}):
            if other in (name, STABLE) or self._objection(said, other):
                continue
            if {stage: each.digest for stage, each in self._signed(other).items()} == certificate.parent.digests:
                return str(other)
        return STABLE

    def _signed(self, name: str) -> dict[str, Archive]:
        """The archives that would answer for a release. Raises SealError."""
        keys, own = public_keys(self._trusted), self._own(name)
        folders = {stage: archives_of(name if stage in own else STABLE, self._archives) for stage in self._stages}
        seals = {stage: opened(folder / f"{stage}.mar", keys).seal for stage, folder in folders.items()}
        return {stage: Archive(version=seal.version, digest=seal.digest) for stage, seal in seals.items()}

    def _own(self, name: str) -> dict[str, Size]:
        """The stages that a release had replicas of its own of, and how many."""
        told = self._said.get("releases", {})
        at = {stage: _addresses(told.get(name, {}).get(stage)) for stage in self._stages}
        stable = {stage: _addresses(told.get(STABLE, {}).get(stage)) for stage in self._stages}
        return {stage: Size(len(at[stage])) for stage in self._stages if name != STABLE and at[stage] != stable[stage]}


def _named(choice: Document) -> Iterator[str]:
    """The releases that films go to."""
    yield from ([choice["serve"]] if choice else [])
    yield from (choice[role]["release"] for role in SHARES if role in choice)


def _certificate(ground: Mapping[str, str]) -> Certificate | None:
    """None where none is named. Raises CertificateError."""
    if not ground.get("certificate"):
        return None
    return read(Path(ground["certificate"]), Path(ground.get("key") or ""))


def _addresses(where: object) -> list[str]:
    at = where.get("at") if isinstance(where, Mapping) else where
    return str(at).split(",") if at else []
