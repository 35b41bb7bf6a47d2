"""`python -m review export`: its options, and what they do."""

import argparse
import sys
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from erasure.sealed.vault import Vault
from review.audit import record
from review.export.folder import export
from review.export.said import Choice
from review.export.summary import Summary
from vocabulary.sureness import SURENESS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m review export`."""
    parser.add_argument("--out", type=Path, required=True, help="the folder to make; it must not be there yet")
    parser.add_argument(
        "--since", type=date.fromisoformat, help="opinions given on that day or later: 2026-11-20 (UTC)"
    )
    parser.add_argument("--blind-only", action="store_true", help="what was said before the models' answer was shown")
    parser.add_argument("--settled-only", action="store_true", help="films that readers have settled on")
    parser.add_argument("--reader", metavar="LOGIN", help="this reader's opinions only")
    parser.add_argument("--min-sureness", choices=SURENESS, help="this sure or surer")
    parser.add_argument("--longest", type=_pixels, help="pixels of the longer side; training needs 512")
    parser.add_argument(
        "--without-pictures", dest="pictures", action="store_false", help="tables alone, without films and masks"
    )
    parser.add_argument("--burned-in", action="store_true", help="films, too, whose header says that text is burned in")
    parser.add_argument("--comments", action="store_true", help="with comments: free text, which can name patients")


def run(session: Session, pictures: Path, given: argparse.Namespace, vault: Vault) -> Summary:
    """Do what the options say. Raises as export."""
    names = (
        *("since", "blind_only", "settled_only", "reader", "min_sureness", "longest", "burned_in", "comments"),
        "pictures",
    )
    choice = Choice(**{name: getattr(given, name) for name in names})
    if choice.comments:
        print("review: comments are exported as they were typed: they can name patients", file=sys.stderr)
    record(session, None, "export", comments=choice.comments, burned_in=choice.burned_in, blind_only=choice.blind_only)
    session.commit()
    return export(session, pictures, given.out, choice, _tell, vault)


def _tell(films: int) -> None:
    print(f"{films} films", file=sys.stderr)


def _pixels(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of pixels, such as 512")
    return int(text)
