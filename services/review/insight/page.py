"""What the insight page says: the figures and words of its sections, and its plots."""

from sqlalchemy.orm import Session

from review.errors import NotFoundError
from review.insight import drawings_of_numbers, sections_of_models, sections_of_numbers, sections_of_readers
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
        told += [sections_of_numbers.bland_altman(each, self.gathered.names) for each in self.gathered.numbers]
        self._numbers = {each.problem: each for each in self.gathered.numbers}
        self.sections: dict[str, Section] = {each.name: each for each in told}
        self.rules = rules()
        self._drawn: dict[str, str] = {}

    def svg(self, name: str) -> str:
        """A plot. Raises NotFoundError."""
        if name not in self.sections:
            raise NotFoundError(gettext("no such plot"))
        if name not in self._drawn:
            self._drawn[name] = self._draw(name, self.sections[name].described)
        return self._drawn[name]

    def _draw(self, name: str, described: str) -> str:
        if found := self._numbers.get(name):
            return drawings_of_numbers.bland_altman(found, described)
        return PLOTS[name](self.gathered, described)
