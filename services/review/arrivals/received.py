"""An assessment as it comes from the gateway: what it says, and its JSON, which is what is kept."""

from dataclasses import dataclass

from pydantic import ValidationError

from client.answers import Json
from client.errors import FailedError
from results.measured import Measured
from results.schema import Assessment
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS

MAX_FAULTS_TOLD = 5
"""Of an answer that is no assessment."""


@dataclass(frozen=True)
class Received:
    """One of them. A newer gateway may say more than this version reads, and call things by names of its own."""

    body: Json
    """All that the gateway said."""
    assessment: Assessment | Measured
    """What of it this version reads."""

    @property
    def problem(self) -> str:
        """What was asked of the film."""
        return asked(self.assessment)

    @classmethod
    def of(cls, body: Json) -> "Received":
        """Look at what the gateway answered.

        Raises:
            FailedError: it is no assessment; says where, and never what is there instead. Or it is of a problem that is
                not known here.
        """
        problem = body.get("asked", CHEST.name)
        if problem not in PROBLEMS:
            raise FailedError("no-assessment", "the gateway was asked for what this reading room does not know")
        kind = Assessment if problem == CHEST.name else Measured
        try:
            return cls(body, kind.model_validate(body))
        except ValidationError as error:
            raise FailedError("no-assessment", f"the gateway's answer is no assessment: {faults(error)}") from error


def asked(said: Assessment | Measured) -> str:
    """What was asked of a film, by what was answered."""
    return said.asked if isinstance(said, Measured) else CHEST.name


def faults(error: ValidationError) -> str:
    """Where the first of them are, and of which kind."""
    told = [f"{'.'.join(map(str, each['loc']))} {each['type']}" for each in error.errors(include_input=False)]
    return ", ".join(told[:MAX_FAULTS_TOLD])
