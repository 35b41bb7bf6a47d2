"""Of /v1/assessments, what only problems have whose answer is a number."""

from fastapi import Request

from cxr.errors import MalformedError
from doors.access.caller import Caller
from gateway import names
from gateway.http.state import Gateway
from gateway.measurer import KEPT
from imaging.header import unpack
from results.asked import problem_of
from results.errors import NotFoundError
from results.measured import Kept, Reading
from results.schema import Map
from vocabulary.problems.known import NUMBERS, PROBLEMS
from vocabulary.problems.problem import Problem

AUTO = "auto"
"""In the place of a problem's name: as the film's header asks."""


def asked(gateway: Gateway, name: str, sex: str, changed: bool) -> Problem | None:
    """The problem that a request names; None for the chest, which the cascade answers, and while the film has to tell.

    Args:
        changed: whether a refusal is to be overridden, or the film corrected, which only the cascade does.

    Raises:
        MalformedError: there is no such problem, or it does not take what else is asked.
        NotDeployedError: this gateway has no stage for it.
    """
    if name == AUTO:
        return None
    if name not in PROBLEMS:
        raise MalformedError(f"problem takes {', '.join((*PROBLEMS, AUTO))}")
    if name not in NUMBERS:
        if sex:
            raise MalformedError(f"sex goes with a problem whose answer depends on it: {', '.join(NUMBERS)}")
        return None
    if changed:
        raise MalformedError(f"despite_refusal and correct do not go with problem={name}")
    gateway.measurer.fleet(NUMBERS[name])
    return NUMBERS[name]


def of_film(gateway: Gateway, header: bytes | None, changed: bool) -> Problem | None:
    """The problem of the film's body part; None for the chest, which also gets what nothing here answers.

    Args:
        header: of the film, packed; None for a picture.
        changed: as for asked.

    Raises:
        MalformedError: as there.
    """
    problem = problem_of(unpack(header) if header else None)
    if problem.name not in NUMBERS or not gateway.measurer.answers(problem):
        return None
    if changed:
        which = f"problem={problem.name}, for which the film's body part asks"
        raise MalformedError(f"despite_refusal and correct do not go with {which}")
    return problem


async def heat(request: Request, measured: Kept) -> Map:
    """Where the film votes for its number, as it was read for this person.

    Raises:
        NotFoundError: the film was refused, or it has expired.
    """
    key, _, group = measured.key.partition(" ")
    reading = await Gateway.of(request).store.get(f"cxr:{KEPT}:{key}", Reading)
    if reading is None:
        raise NotFoundError("no pictures: they have expired")
    if group not in reading.estimates:
        raise NotFoundError("this answer has no heat map: the radiograph was refused")
    return reading.estimates[group].heatmap


async def kept(request: Request, assessment_id: str) -> Kept:
    """A measured film by its id.

    Raises:
        NotFoundError: there is none, or it has expired; or it is another caller's, which is not told.
    """
    found = await Gateway.of(request).store.get(names.measured(assessment_id), Kept)
    if found and Caller.of(request).may_see(found.caller):
        return found
    raise NotFoundError("no such assessment, or it has expired")
