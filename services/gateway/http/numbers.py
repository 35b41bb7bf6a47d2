"""Of /v1/assessments, what only problems have whose answer is a number."""

from fastapi import Request

from cxr.errors import MalformedError
from doors.access.caller import Caller
from gateway.http.state import Gateway
from results.errors import NotFoundError
from results.measured import Kept
from vocabulary.problems.known import NUMBERS, PROBLEMS
from vocabulary.problems.problem import Problem


def asked(gateway: Gateway, name: str, sex: str, changed: bool) -> Problem | None:
    """The problem that a request names; None for the chest, which the cascade answers.

    Args:
        changed: whether a refusal is to be overridden, or the film corrected, which only the cascade does.

    Raises:
        MalformedError: there is no such problem, or it does not take what else is asked.
        NotDeployedError: this gateway has no stage for it.
    """
    if name not in PROBLEMS:
        raise MalformedError(f"problem takes {', '.join(PROBLEMS)}")
    if name not in NUMBERS:
        if sex:
            raise MalformedError(f"sex goes with a problem whose answer depends on it: {', '.join(NUMBERS)}")
        return None
    if changed:
        raise MalformedError(f"despite_refusal and correct do not go with problem={name}")
    gateway.measurer.stage(NUMBERS[name])
    return NUMBERS[name]


async def kept(request: Request, assessment_id: str) -> Kept:
    """A measured film by its id.

    Raises:
        NotFoundError: there is none, or it has expired; or it is another caller's, which is not told.
    """
    found = await Gateway.of(request).store.get(f"cxr:measured:{assessment_id}", Kept)
    if found and Caller.of(request).may_see(found.caller):
        return found
    raise NotFoundError("no such assessment, or it has expired")
