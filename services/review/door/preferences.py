"""/account/preferences: how a reader likes to read."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from review.door import forms
from review.door.access import Reading
from review.languages.catalogue import Language
from review.people import Reader, Theme
from review.state import ReadingRoom

router = APIRouter(max_body_size=forms.MAX_FORM_BYTES)


@router.post("/account/preferences")
def post_preferences(
    request: Request,
    person: Reading,
    theme: Annotated[Theme, Form()] = "dark",
    auto_advance: Annotated[bool, Form()] = False,
    language: Annotated[Literal[""] | Language, Form()] = "",
) -> Response:
    """Keep them; they hold in every browser of the reader from the next page on."""
    with ReadingRoom.of(request).sessions.begin() as session:
        reader = session.get_one(Reader, person.id)
        reader.theme, reader.auto_advance, reader.language = theme, auto_advance, language or None
    return RedirectResponse("/account", HTTPStatus.SEE_OTHER)
