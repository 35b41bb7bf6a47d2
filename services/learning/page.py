"""A certificate as a page for people, in one file."""

from pathlib import Path

import jinja2

from certificates.certificate import Certificate

DECISIONS = {"promote": "It may be promoted", "refuse": "It may not be promoted", "too_few": "Too few films to judge"}

TEMPLATES = Path(__file__).parent / "templates"


def html(certificate: Certificate) -> str:
    """The page."""
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    return pages.get_template("certificate.html").render(
        c=certificate, decision=DECISIONS[certificate.decision], shares=_shares
    )


def _shares(values: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.0%}" for value in values)
