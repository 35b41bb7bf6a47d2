"""releases.yaml, which the gateway watches: where the replicas of each release are, and which release answers.

The stack writes the addresses. Which release serves, or is tried on a share of the films, or beside, is the operator's
choice (`make release`) and stays as it is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from auditing.disk import READABLE, write_whole
from certificates.certificate import Archive
from client.places import releases_file
from local.errors import InUseError, StackError
from local.plan import STABLE, Plan
from local.ports import LOOPBACK, Ports
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES

Signed = Mapping[tuple[str, str], Archive]
"""Release and stage to the archive that was signed, of the stages that a release has replicas of."""

Choice = Mapping[str, Any]
"""All of the file but the releases."""

HEADER = "# The stack writes the addresses of its own replicas; `make release` chooses which release answers.\n"


Stages = Sequence[str]
"""Of one problem, whose releases a file has."""


def files(run: Path, plan: Plan) -> list[tuple[Path, Stages]]:
    """The files of releases, with their problems' stages: the cascade's, and those of other problems that are planned.

    Args:
        run: folder of what runs here.
    """
    numbers = [name for name in NUMBERS if plan.replicas(STABLE, name)]
    return [(releases_file(run), STAGES), *((releases_file(run, name), (name,)) for name in numbers)]


def named(plan: Plan, stages: Stages) -> list[str]:
    """Stable, and the releases of which a plan has replicas of some of these stages."""
    return [name for name in plan.releases if name == STABLE or any(plan.replicas(name, each) for each in stages)]


def targets(plan: Plan, ports: Ports, stage: str, release: str = STABLE) -> list[str]:
    """host:port of the gRPC inference API of every replica that answers for a stage in a release."""
    return [f"{LOOPBACK}:{ports.stages[one.name].grpc}" for one in plan.serving(release, stage)]


def write(
    path: Path,
    plan: Plan,
    ports: Ports,
    before: Plan | None = None,
    pins: Signed | None = None,
    stages: Stages = STAGES,
) -> None:
    """Write the addresses of a plan's replicas, at once, so that no reader sees half of it.

    They go into what `make release ARGS=rollback` would bring back too: it undoes a choice, not replicas.

    Args:
        path: of the file; made anew where there is none.
        plan: what the file should say.
        ports: where the plan's replicas listen.
        before: the plan that it replaces; releases that are in neither are left as they are.
        pins: the archives of stages that are new in the file, which from now on are the only ones that may answer.
        stages: of the problem that the file is of.

    Raises:
        StackError: the file that is there is not one.
    """
    for file in (path, previous(path)):
        if file == path or file.exists():
            _write(file, plan, ports, before or Plan(), pins or {}, stages)


def begin(
    path: Path, plan: Plan, ports: Ports, pins: Signed, choice: Choice, before: Choice, stages: Stages = STAGES
) -> None:
    """Write the file anew, where the stack starts.

    Args:
        path: of the file.
        plan: which replicas there are now.
        ports: where they listen.
        pins: the archives of stages, which from now on are the only ones that may answer.
        choice: serve, and perhaps canary, shadow, evidence, references and withdrawn.
        before: the choice that a rollback brings back; empty where there is none.
        stages: of the problem that the file is of.
    """
    for file in (path, previous(path)):
        file.unlink(missing_ok=True)
    for file, chosen in ((previous(path), before), (path, choice)):
        if chosen:
            _write(file, plan, ports, Plan(), pins, stages, chosen)


def told(path: Path) -> list[str]:
    """Which release answers, and which do so no more and why; in lines for a person.

    Raises:
        StackError: the file is not one.
    """
    said = read(path)
    what = path.stem.removeprefix("releases").lstrip("-")
    lines = [f"The release {said.get('serve', STABLE)} answers{f' for {what}' if what else ''}."]
    return lines + [f"{name} was withdrawn at the start: {why}." for name, why in (said.get("withdrawn") or {}).items()]


def check_unused(path: Path, gone: set[str]) -> None:
    """Refuse to remove a release that films go to.

    Raises:
        InUseError: says which, and what to do.
    """
    document = read(path)
    for role in ("serve", "canary", "shadow"):
        choice = document.get(role)
        release = choice.get("release") if isinstance(choice, Mapping) else choice
        if release in gone:
            first = "serve stable" if role == "serve" else "settle"
            raise InUseError(
                f"The release {release} is in use ({role}), so its replicas stay. "
                f'`make release ARGS="{first}"` first, then scale again.'
            )


def check_pinned(path: Path, signed: Signed) -> None:
    """Refuse to add replicas that the gateway would leave alone.

    Args:
        path: of the file.
        signed: the archives of the replicas.

    Raises:
        InUseError: says which archive, and what to do.
    """
    told = read(path).get("releases", {})
    for (release, stage), archive in signed.items():
        pinned = told.get(release, {}).get(stage)
        digest = pinned.get("digest") if isinstance(pinned, Mapping) else None
        if digest not in (None, archive.digest):
            raise InUseError(
                f"{stage}.mar of the release {release} is another one (version {archive.version}, digest "
                f"{archive.digest[:12]}) than answers now ({digest[:12]}), so the gateway would leave it alone. Serve "
                "it as another release (docs/operations.md), or `make down` and `make up` to exchange it."
            )


def _write(
    path: Path, plan: Plan, ports: Ports, before: Plan, pins: Signed, stages: Stages, choice: Choice | None = None
) -> None:
    document = dict(choice) if choice else read(path)
    was = document.get("releases", {})
    told = {name: where for name, where in was.items() if name not in before.releases}
    for release in named(plan, stages):
        at = {stage: ",".join(targets(plan, ports, stage, release)) for stage in stages}
        own = {stage: pins.get((release if plan.replicas(release, stage) else STABLE, stage)) for stage in stages}
        told[release] = {stage: _at(was.get(release, {}).get(stage), at[stage], own[stage]) for stage in stages}
    document = {"serve": STABLE, **document, "releases": dict(sorted(told.items(), key=lambda one: one[0] != STABLE))}
    for what in ("references", "evidence"):
        if kept := document.get(what):
            document[what] = {name: each for name, each in kept.items() if name in told}
    text = HEADER + yaml.safe_dump(document, sort_keys=False, width=1000)
    write_whole(path, text.encode(), READABLE)


def previous(path: Path) -> Path:
    """What a rollback brings back. Source: services/gateway/fleet/releases.py."""
    return path.with_name(f"{path.name}.previous")


def _at(was: object, address: str, signed: Archive | None) -> str | dict[str, Any]:
    """The address, with what is pinned of what answers there: what was pinned, else what was signed."""
    if isinstance(was, Mapping):
        return {**was, "at": address}
    return {"at": address, **signed.model_dump()} if signed and was is None else address


def read(path: Path) -> dict[str, Any]:
    """What a file says; empty where there is none.

    Raises:
        StackError: it is not a file of releases.
    """
    try:
        told = yaml.safe_load(path.read_text()) if path.exists() else {}
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise StackError(f"{path} cannot be read: {reason}. Repair it, or delete it to have it recreated.") from error
    if not isinstance(told, dict) or not isinstance(told.get("releases", {}), dict):
        raise StackError(f"{path} is not a release file. Repair it, or delete it to have it recreated.")
    return told
