"""What can be said of a film, and whether it agrees with the models."""

from review.errors import InvalidError
from review.findings import known_findings
from review.languages.texts import gettext as _
from review.measured import in_unit, number_of
from review.schema import Given
from review.tables import Assessment, Film


def agrees(answer: Assessment, given: Given) -> bool | None:
    """With the most probable class, or that the number is within the interval; None where there is no such."""
    if given.value is not None:
        return answer.measured.holds(given.value) if answer.measured else None
    return given.label == answer.predicted_class if given.label and answer.predicted_class else None


def check(film: Film, answer: Assessment, given: Given) -> None:
    """Refuse what cannot be said of a film. Raises InvalidError."""
    if not given.says_something():
        raise InvalidError(_("the opinion says nothing"))
    _check_asked(film, given)
    if unknown := set(given.findings) | {each.finding for each in given.shapes if each.finding}:
        unknown -= known_findings(answer.body.get("findings"))
        if unknown:
            raise InvalidError(_("not a finding that is known here: %(names)s", names=", ".join(sorted(unknown))))
    if given.refusal and answer.refusal is None:
        raise InvalidError(_("the film was not refused"))
    for shape in given.shapes:
        if not all(-1 <= x <= film.columns + 1 and -1 <= y <= film.rows + 1 for x, y in shape.points):
            raise InvalidError(_("a shape lies outside the film"))
        if shape.kind == "box" and len(shape.points) != 2:
            raise InvalidError(_("a box has two corners"))


def _check_asked(film: Film, given: Given) -> None:
    """Refuse a number where classes are asked, what goes with classes where a number is, and one out of its range."""
    number = number_of(film.problem)
    if number is None:
        if given.value is not None:
            raise InvalidError(_("of this film no number is asked"))
        return
    drawn = any(each.finding or each.kind == "lung" for each in given.shapes)
    if given.label or given.findings or given.lungs or drawn:
        raise InvalidError(_("of this film a number is asked, and no class or finding"))
    if given.value is not None and not number.lowest <= given.value <= number.highest:
        ends = (in_unit(each, film.problem) for each in (number.lowest, number.highest))
        raise InvalidError(
            _("not between %(lowest)s and %(highest)s", **dict(zip(("lowest", "highest"), ends, strict=True)))
        )
