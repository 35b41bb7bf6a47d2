"""report.json, report.html and card.md."""

from pathlib import Path

import jinja2
from pydantic import ValidationError

from learning.accept.contents import AREAS, Report
from learning.accept.site import words
from learning.errors import LearningError
from learning.page import TEMPLATES
from vocabulary.refusals import REFUSALS

JSON = "report.json"

PAGES = {"report.html": "acceptance.html", "card.md": "acceptance.md"}
"""To their templates."""


def read(path: Path) -> Report:
    """An earlier report.

    Raises:
        LearningError: it is none.
    """
    try:
        return Report.model_validate_json(path.read_text())
    except (OSError, ValidationError) as error:
        raise LearningError(f"{path} is no report of an earlier acceptance run") from error


def write(made: Report, out: Path) -> None:
    """Write all three files."""
    (out / JSON).write_text(made.model_dump_json(indent=2) + "\n")
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(),
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    labels = {reason: each.label.lower() for reason, each in REFUSALS.items()}
    for name, template in PAGES.items():
        page = templates.get_template(template)
        (out / name).write_text(page.render(r=made, words=words, refusals=labels, headline=made.figures.get(AREAS)))
