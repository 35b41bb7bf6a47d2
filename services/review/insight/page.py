"""What the insight page says: the figures and words of its sections, and its plots."""

from sqlalchemy.orm import Session

from review.errors import NotFoundError
from review.insight import sections_of_models, sections_of_readers
from review.insight.drawings import PLOTS
from review.insight.gathered import Gathered, gather
from review.insight.readings import Asked
from review.insight.sections import Section, rules
from review.languages.texts import gettext

__all__ = ["Answer", "Asked"]

SECTIONS = (
    sections_of_models.agreement,
    sections_of_models.confusion,
    sections_of_models.reliability,
    sections_of_models.combination,
    sections_of_readers.readers,
    sections_of_readers.refusals,
    sections_of_readers.time,
)
"""The page, in its order."""


class Answer:
    """The page's numbers and words; plots are drawn when they are asked for."""

    def __init__(self, session: Session, asked: Asked) -> None:
        self.gathered: Gathered = gather(session, asked)
        told = [section(self.gathered) for section in SECTIONS]
        self.sections: dict[str, Section] = {each.name: each for each in told}
        self.rules = rules()
        self._drawn: dict[str, str] = {}

    def svg(self, name: str) -> str:
        """A plot. Raises NotFoundError."""
        if name not in PLOTS:
            raise NotFoundError(gettext("no such plot"))
        if name not in self._drawn:
            self._drawn[name] = PLOTS[name](self.gathered, self.sections[name].described)
        return self._drawn[name]
