"""new-problem: writes what a problem needs whose answer is a number, to be read, filled in and trained.

Three files: the declaration, the handler that names it, and the card of its archive.
"""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

from client.places import CHECKOUT
from training.figures import BEGIN, END
from training.films import DataError
from vocabulary.problems.known import PROBLEMS

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME, LONGEST_TITLE = 16, 64
"""Characters. Source: they are a code's value and meaning (PS3.3, 8.8)."""

DECLARATION = '''"""{title}: what is read off a {film}."""

from vocabulary.code import Code, ours
from vocabulary.problems.problem import Columns, Number, Problem

{constant} = Problem(
    name={q[name]},
    title={q[title]},
    stages=({q[name]},),
    asks=Number(
        unit={q[unit]},
        ucum=Code({q[ucum]}, "UCUM", {q[unit]}),
        lowest={lowest!r},
        highest={highest!r},
        step={step!r},
        spread={spread!r},
        bands={bands!r},
    ),
    code=ours({q[name]}, {q[title]}),
    body_part={q[body_part]},
    film={q[film]},
    refusal={q[refusal]},
    side={side!r},
    inner_side={inner_side!r},
    columns=Columns(image={q[image]}, truth={q[truth]}, split={q[split]}),
)
'''

HANDLER = '''"""The {name} stage: {title}, or that it is no {film}."""

from cxr.measuring import MeasuringHandler


class {handler}(MeasuringHandler):
    """Reads {unit} off a {film}."""

    name = {q[name]}
'''

CARD = """# {title}

For research; not a medical device.

## Intended use

Reads {unit} off a {film}, with an interval, and refuses what is none.

## Training data and licences

## Figures

Test split. The same as in `metrics.json`.

{begin}
{end}

## Limits
"""

NEXT = """
Next, with images in a folder and a CSV file of them (columns {image}, {truth}, {split}: train, val or test), and other
images that are to be refused (docs/another-problem.md):

  python -m training fit {name} --data index.csv --out build/training/{name}
  python -m training export {name} --data index.csv --others others.csv
  python -m training evaluate {name} --data index.csv --others others.csv
  make up STAGES="{name}=1"
"""


@dataclass(frozen=True)
class Written:
    """One file of a new problem."""

    path: Path
    text: str


def describe(action: argparse.ArgumentParser) -> None:
    """The words of the action."""
    action.add_argument("name", help="in addresses, folders and archives, such as bone-age")
    action.add_argument("--title", required=True, help="for people, such as 'Bone age'")
    action.add_argument("--unit", required=True, help="of the number, as answers name it, such as months")
    action.add_argument("--ucum", help="the unit's UCUM code, such as mo; if not given, one of no meaning: {unit}")
    action.add_argument("--lowest", type=float, required=True, help="number that there can be")
    action.add_argument("--highest", type=float, required=True)
    action.add_argument("--film", required=True, help="what its films are called, such as 'hand radiograph'")
    action.add_argument("--body-part", default="", help="DICOM's Body Part Examined of its films, such as HAND")
    for name, what in (("image", "the file"), ("truth", "the number"), ("split", "train, val or test")):
        action.add_argument(f"--{name}", default=name, metavar="COLUMN", help=f"the index's column of {what}")
    action.add_argument("--side", type=int, default=128, help="pixels of the square that its films are made to")
    action.add_argument("--inner-side", type=int, default=128, help="pixels of the square that the network sees")
    action.add_argument("--checkout", type=Path, default=CHECKOUT, help="the repository; this one, if not given")


def write(arguments: argparse.Namespace) -> None:
    """Write the files and say what comes next.

    Raises:
        DataError: the name or the range cannot be, there is no checkout, or a file is there already.
    """
    files = written(arguments)
    if there := [str(each.path) for each in files if each.path.exists()]:
        raise DataError(f"{arguments.name}: already there: {', '.join(there)}")
    for each in files:
        each.path.parent.mkdir(parents=True, exist_ok=True)
        each.path.write_text(each.text)
        print(each.path)
    print(NEXT.format(**vars(arguments)), end="")


def written(arguments: argparse.Namespace) -> list[Written]:
    """The files of a new problem.

    Raises:
        DataError: as of write, but for files that are there.
    """
    _check(arguments)
    name, module = arguments.name, arguments.name.replace("-", "_")
    wide = arguments.highest - arguments.lowest
    known = vars(arguments) | {
        "ucum": arguments.ucum or f"{{{arguments.unit}}}",
        "constant": module.upper(),
        "handler": "".join(part.title() for part in name.split("-")) + "Handler",
        "refusal": "not_a_" + re.sub(r"[^a-z0-9]+", "_", arguments.film.lower()).strip("_"),
        "step": wide / 40,
        "spread": wide / 30,
        "bands": (*(arguments.lowest + wide * third / 3 for third in range(3)), arguments.highest + wide / 40),
        "begin": BEGIN,
        "end": END,
    }
    known["q"] = {key: f'"{value}"' for key, value in known.items()}
    root: Path = arguments.checkout
    return [
        Written(root / "services" / "vocabulary" / "problems" / f"{module}.py", DECLARATION.format(**known)),
        Written(root / "handlers" / f"{module}.py", HANDLER.format(**known)),
        Written(root / "model_store" / name / "card.md", CARD.format(**known)),
    ]


def _check(arguments: argparse.Namespace) -> None:
    name = arguments.name
    if arguments.checkout is None:
        raise DataError("new-problem writes into a checkout of the repository, and this was installed from a wheel")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise DataError(f"{name}: a name has small letters and digits, with - between, and {LONGEST_NAME} at most")
    words = arguments.title, arguments.unit, arguments.film, arguments.body_part, arguments.ucum or ""
    if bad := [each for each in words if not each.isprintable() or set(each) & set('"\\')]:
        raise DataError(f"{name}: letters, digits and signs without quotes are expected, not {bad[0]!r}")
    if len(arguments.title) > LONGEST_TITLE or len(arguments.ucum or f"{{{arguments.unit}}}") > LONGEST_NAME:
        raise DataError(f"{name}: a title has {LONGEST_TITLE} characters at most, and a unit's code {LONGEST_NAME}")
    if name in PROBLEMS:
        raise DataError(f"{name}: there is such a problem already")
    if not arguments.lowest < arguments.highest:
        raise DataError(f"{name}: --highest has to be above --lowest")
