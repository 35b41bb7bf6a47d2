"""How many processes each stage gets, and how large they are.

Plan.parse("classifier=2 segmenter.workers=2 next/classifier=1")
Plan.read(Path("capacity.env"))     # CXR_CLASSIFIER_REPLICAS=2, CXR_SEGMENTER_WORKERS=2, CXR_CLASSIFIER_THREADS=1

A *replica* is one TorchServe process, a *worker* a Python process in it, its *threads* are the CPU threads of one call.
A *release* is a set of versions of the stages: a stage of which it has no replica of its own is that of stable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from local.errors import PlanError
from vocabulary.problems.known import NUMBERS, SERVED
from vocabulary.stages import STAGES

STABLE = "stable"
LIMITS = {"replicas": 16, "workers": 16, "threads": 64}
"""Of a stage, whatever the release; of one replica; of one call. The ports of the seventeenth would be too high."""

WORD = re.compile(r"(?:(?P<release>[^/=]*)/)?(?P<stage>[^/=.]*)(?:\.(?P<what>[^/=.]*))?=(?P<number>.*)")
RELEASE = re.compile(r"[a-z][a-z0-9]{0,15}")
NAME = re.compile(rf"(?:({RELEASE.pattern})-)?({'|'.join(SERVED)})(?:-([1-9]\d*))?")
OF_TWO_WORDS = "|".join(name.upper().replace("-", "_") for name in NUMBERS)
VARIABLE = re.compile(rf"CXR_([A-Z0-9]+|{OF_TWO_WORDS})_(REPLICAS|WORKERS|THREADS)")
OTHERS = ("STAGE", "GATEWAY")
"""CXR_STAGE_THREADS and the like may stand in the same file, and are not about one stage."""

FORM = 'Write STAGES="classifier=2 segmenter.workers=2 segmenter.threads=1", or of another release next/classifier=1.'


@dataclass(frozen=True)
class Replica:
    """One TorchServe process of a stage; numbered from 1."""

    release: str
    stage: str
    number: int

    @property
    def name(self) -> str:
        """What supervisor calls it: classifier, classifier-2, next-classifier."""
        name = self.stage if self.release == STABLE else f"{self.release}-{self.stage}"
        return name if self.number == 1 else f"{name}-{self.number}"

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The one of a name; None where the process is no stage's."""
        if not (found := NAME.fullmatch(name)):
            return None
        release, stage, number = found.groups()
        return cls(release or STABLE, stage, int(number or 1))


@dataclass(frozen=True)
class Size:
    """Of a stage in a release; threads None is what CXR_STAGE_THREADS says, else the model's own."""

    replicas: int = 1
    workers: int = 1
    threads: int | None = None


@dataclass(frozen=True)
class Plan:
    """Release to stage to size; stable always has the cascade's stages, and others where they are asked for."""

    releases: Mapping[str, Mapping[str, Size]] = field(
        default_factory=lambda: {STABLE: {stage: Size() for stage in STAGES}}
    )

    @classmethod
    def parse(cls, text: str, base: Self | None = None) -> Self:
        """What the words of text say, and for what they do not name, what base says.

        Raises:
            PlanError: says which word does not fit, and what would.
        """
        plan = base or cls()
        for word in text.split():
            if not (found := WORD.fullmatch(word)):
                raise PlanError(f"{word} does not say how many. {FORM}")
            release, stage, what, number = found.group("release", "stage", "what", "number")
            plan = plan._with(word, release or STABLE, stage, what or "replicas", number)
        return plan

    @classmethod
    def read(cls, path: Path, base: Self | None = None) -> Self:
        """What an env file says: CXR_<STAGE>_REPLICAS, _WORKERS, _THREADS; whatever else stands in it is not read.

        Raises:
            PlanError: there is no such file, or a value does not fit.
        """
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(
                f'The plan {path} cannot be read: {error}. `make trial ARGS="capacity"` writes one.'
            ) from error
        plan = base or cls()
        for line in lines:
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found = VARIABLE.fullmatch(name.strip())
            if found and found[1] not in OTHERS:
                value = value.partition(" #")[0].strip().strip("\"'")
                word = f"{name.strip()}={value}"
                plan = plan._with(f"{word} in {path}", STABLE, _stage(found[1]), found[2].lower(), value)
        return plan

    @classmethod
    def stored(cls, told: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Self:
        """What asdict made of it."""
        sizes = ((name, {stage: Size(**size) for stage, size in stages.items()}) for name, stages in told.items())
        return cls(dict(sizes))

    def size(self, replica: Replica) -> Size:
        """Of a replica's stage in its release."""
        return self.releases[replica.release][replica.stage]

    def replicas(self, release: str | None = None, stage: str | None = None) -> list[Replica]:
        """Stable's first, in the order of asking; or those of a release or a stage alone."""
        return [one for one in self._replicas() if release in (None, one.release) and stage in (None, one.stage)]

    def serving(self, release: str, stage: str) -> list[Replica]:
        """Those that answer for a stage in a release: its own, else stable's."""
        return self.replicas(release, stage) or self.replicas(STABLE, stage)

    def told(self) -> str:
        """In one line: what is not one replica with one worker is spelled out."""
        return ", ".join(
            _told(name, stage, size) for name, stages in self.releases.items() for stage, size in stages.items()
        )

    def _replicas(self) -> Iterator[Replica]:
        for release, stages in self.releases.items():
            for stage, size in stages.items():
                yield from (Replica(release, stage, number) for number in range(1, size.replicas + 1))

    def _with(self, word: str, release: str, stage: str, what: str, number: str) -> Self:
        """This plan and what a word, which errors name, says."""
        if not RELEASE.fullmatch(release) or release in SERVED:
            raise PlanError(f"{word}: {release or 'nothing'} is no release's name: a word of small letters and digits.")
        if stage not in SERVED:
            raise PlanError(
                f"{word}: there is no stage {stage or '(nothing)'}. The stages are {', '.join(SERVED)}. {FORM}"
            )
        if stage in NUMBERS and release != STABLE and not self.replicas(STABLE, stage):
            raise PlanError(f"{word}: another release of the {stage} stands beside the stable one: {stage}=1 first.")
        if what not in LIMITS:
            raise PlanError(f"{word}: {what} is none of {', '.join(LIMITS)}. {FORM}")
        least = 0 if what == "replicas" and (release != STABLE or stage in NUMBERS) else 1
        if not re.fullmatch("[0-9]{1,4}", number) or not least <= int(number) <= LIMITS[what]:
            raise PlanError(f"{word}: {what} must be a number from {least} to {LIMITS[what]}.")
        stages = dict(self.releases.get(release, {}))
        stages[stage] = replace(stages.get(stage, Size()), **{what: int(number)})
        changed = replace(self, releases=_without_empty({**self.releases, release: stages}))
        if (count := len(changed.replicas(stage=stage))) > LIMITS["replicas"]:
            raise PlanError(f"{word}: {count} replicas of the {stage} in all releases; at most {LIMITS['replicas']}.")
        return changed


def _stage(variable: str) -> str:
    """As a variable of the environment names it."""
    return variable.lower().replace("_", "-")


def _without_empty(releases: Mapping[str, Mapping[str, Size]]) -> dict[str, dict[str, Size]]:
    """The stages that have replicas, of the releases that have such."""
    own = {name: {stage: size for stage, size in stages.items() if size.replicas} for name, stages in releases.items()}
    return {name: stages for name, stages in own.items() if stages}


def _told(release: str, stage: str, size: Size) -> str:
    name = stage if release == STABLE else f"{release}/{stage}"
    told = [f"{size.replicas}"]
    if size.workers > 1:
        told.append(f"with {size.workers} workers each")
    if size.threads is not None:
        told.append(f"on {size.threads} thread{'s' if size.threads > 1 else ''}")
    return f"{name} {' '.join(told)}"


def as_stored(plan: Plan) -> dict[str, Any]:
    """For JSON; Plan.stored reads it."""
    return {name: {stage: asdict(size) for stage, size in stages.items()} for name, stages in plan.releases.items()}
