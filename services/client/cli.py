"""cxr: asks the gateway (`cxr assess FILE... | results ID | feed | ready`), and runs a whole stack on this machine
(`cxr demo | up | down | status | top | observe | logs | scale | backup | restore`). Research use, not a medical
device.

Exit codes: 0 all films assessed, or done; 1 something failed; 2 wrong words; 3 a film was refused; 4 it still runs.
"""

import argparse
import os
import sys
from pathlib import Path

from client import machine, places, verbs
from client.errors import GatewayError
from client.gateway import ANY_PROBLEM, Gateway
from client.token import FILE, named_file

DEFAULT = "http://127.0.0.1:8000"
"""Where `make demo` has it."""

OF_MAKE_UP = Path("build/run/token")
"""Where `make up` writes the token of this machine's user, in the repository's folder."""

TIMEOUT_S = 60.0
"""For an answer: six times the gateway's own deadline, for slow lines."""


def main(words: list[str] | None = None) -> int:
    """Do what the words say; the exit code."""
    words = sys.argv[1:] if words is None else words
    if words and words[0] in machine.VERBS:
        return machine.run(words)
    given = _parser().parse_args(words)
    try:
        with Gateway(given.gateway, TIMEOUT_S, given.token_file) as gateway:
            code: int = given.run(gateway, given)
            return code
    except GatewayError as error:
        print(f"cxr: {error} ({error.code})", file=sys.stderr)
    except BrokenPipeError:  # whoever read what was said has gone, as head does
        sys.stdout = None  # nothing is to be flushed there at the end
    except OSError as error:
        print(f"cxr: {error.filename}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        print("cxr: interrupted", file=sys.stderr)
    return verbs.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cxr", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parsers = parser.add_subparsers(metavar="VERB", required=True)
    for name, run, about, add in (
        ("assess", verbs.assess, "assess films", _assess),
        ("results", verbs.results, "tell an assessment, and save its results", _results),
        ("feed", verbs.feed, "list finished assessments", _feed),
        ("ready", verbs.ready, "say whether the gateway can assess a film now", None),
    ):
        verb = parsers.add_parser(name, help=about, description=about)
        verb.set_defaults(run=run)
        _common(verb)
        if add:
            add(verb)
    for name, about in machine.VERBS.items():
        parsers.add_parser(name, help=about, add_help=False)
    return parser


def _common(verb: argparse.ArgumentParser) -> None:
    where = os.environ.get("CXR_GATEWAY") or DEFAULT
    verb.add_argument("--gateway", metavar="URL", default=where, help="its address; else CXR_GATEWAY, else %(default)s")
    verb.add_argument(
        "--token-file", metavar="FILE", type=Path, default=named_file() or _of_this_machine(),
        help=f"file with the token that the gateway asks for; else {FILE}, {OF_MAKE_UP}, that of `cxr up`",
    )  # fmt: skip


def _of_this_machine() -> Path | None:
    own = (OF_MAKE_UP, places.home() / "run" / "token")
    return next((token for token in own if token.exists()), None)


def _assess(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="FILE", help="DICOM, PNG or JPEG; a folder; or - for standard input")
    verb.add_argument("--wait", action=argparse.BooleanOptionalAction, default=True, help="for the answer (default)")
    verb.add_argument("--urgent", action="store_true", help="before all routine films")
    verb.add_argument("--correct", action="store_true", help="turn or invert what is refused as rotated or inverted")
    verb.add_argument("--despite-refusal", action="store_true", help="assess what is refused: a doctor has looked")
    verb.add_argument("--json", action="store_true", help="one JSON object a line and film")


def _results(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("id", metavar="ID", help="of the assessment")
    verb.add_argument("--out", metavar="FOLDER", type=Path, help="where to save; all results, unless some are named")
    for name, result in verbs.RESULTS.items():
        verb.add_argument(f"--{name}", action="append_const", dest="wanted", const=name, help=result.about)
    verb.add_argument("--json", action="store_true", help="the assessment as JSON")


def _feed(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--after", metavar="CURSOR", help="begin after this; without it, with the oldest that is kept")
    verb.add_argument("--follow", action="store_true", help="go on, and wait for what comes")
    verb.add_argument("--problem", default=ANY_PROBLEM, help="only films of which this was asked; default: of all")
    verb.add_argument("--json", action="store_true", help="one JSON object a line")
