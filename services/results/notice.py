"""The report that there is no report: silence must not look like "normal"."""

from datetime import datetime

from pydicom import Dataset

from results import codes as concepts
from results.asked import problem_of
from results.identity import Identity
from results.report import group, write_report


def write_notice(header: Dataset, reason: str, created: datetime) -> bytes:
    """A structured report of a film that could not be assessed, or not in time.

    Args:
        header: of the film, from imaging.header.
        reason: a stable code, such as "gateway-away".
        created: now.
    """
    identity = Identity(header, f"notice {reason}", created)
    outcome = group(identity, "Outcome", evaluations=[(concepts.OUTCOME, concepts.OUTCOMES["failed"])])
    text = f"AI result not available: the film was not assessed ({reason}). It has not been read by the AI."
    examined = concepts.concept(problem_of(header).procedure)
    return write_report(identity, [outcome], [text], concepts.NOT_AVAILABLE, "notice", procedure=examined)
