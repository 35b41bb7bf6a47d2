"""What an answer of the gateway becomes in its film's row."""

from results import schema
from results.measured import Measured
from review.arrivals.received import asked
from review.tables import Film
from review.urgency import urgency

Answered = schema.Assessment | Measured

MAX_NAME_CHARACTERS = 32
"""Of a class or a reason in a film's row; a newer gateway's own may be longer, and is whole in the assessment."""


def correction_of(said: Answered) -> schema.Correction:
    """How the film that was sent was changed before it was assessed; no number's is."""
    corrected = None if isinstance(said, Measured) else said.correction
    return corrected or schema.Correction()


def show(film: Film, said: Answered) -> None:
    """What the worklist shows of an assessment, in its film's row."""
    film.assessment_id = said.id
    film.problem = asked(said)
    film.outcome = said.outcome
    film.refusal = said.refusal.reason[:MAX_NAME_CHARACTERS] if said.refusal else None
    if isinstance(said, Measured):
        film.predicted_class, film.urgency, film.nearness = None, 0.0, said.nearness
        return
    film.predicted_class = said.predicted_class[:MAX_NAME_CHARACTERS] if said.predicted_class else None
    film.urgency = urgency(said.classes, said.findings)
    film.nearness = said.discriminator.nearness if said.discriminator else None
