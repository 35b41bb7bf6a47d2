"""An assessment as it comes from the gateway: what it says, and its JSON, which is what is kept."""

from dataclasses import dataclass

from pydantic import ValidationError

from client.answers import Json
from client.errors import FailedError
from results.schema import Assessment

MAX_FAULTS_TOLD = 5
"""Of an answer that is no assessment."""


@dataclass(frozen=True)
class Received:
    """One of them. A newer gateway may say more than this version reads, and call things by names of its own."""

    body: Json
    """All that the gateway said."""
    assessment: Assessment
    """What of it this version reads."""

    @classmethod
    def of(cls, body: Json) -> "Received":
        """Look at what the gateway answered.

        Raises:
            FailedError: it is no assessment; says where, and never what is there instead.
        """
        try:
            return cls(body, Assessment.model_validate(body))
        except ValidationError as error:
            raise FailedError("no-assessment", f"the gateway's answer is no assessment: {faults(error)}") from error


def faults(error: ValidationError) -> str:
    """Where the first of them are, and of which kind."""
    told = [f"{'.'.join(map(str, each['loc']))} {each['type']}" for each in error.errors(include_input=False)]
    return ", ".join(told[:MAX_FAULTS_TOLD])
