"""What a list's address asks for, wherever a page has a list: days, and the address of the same list, changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
"""A day that can be counted from in any time zone."""


def empty_is_none(value: Any) -> Any:
    """A field of a form that was left empty is not asked for."""
    return value or None


MaybeDay = Annotated[Day | None, BeforeValidator(empty_is_none)]
"""A day, or none."""


class ListQuery(BaseModel):
    """Base of what a list is asked for; its field page says which of its pages."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def query(self, **changed: Any) -> str:
        """As a URL's query, without what is as ever; page is left out unless it is changed."""
        told = self.model_copy(update={"page": 1} | changed).model_dump(mode="json", exclude_defaults=True)
        return urlencode({name: value for name, value in told.items() if value not in ("", None)})


def within(
    column: InstrumentedAttribute[datetime], since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """That a time is not before since begins and not after until ends, where this machine is."""
    conditions = []
    if since:
        conditions.append(column >= _begins(since))
    if until:
        conditions.append(column < _begins(until + timedelta(days=1)))
    return conditions


def _begins(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time()).astimezone(UTC)
