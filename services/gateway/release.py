"""`python -m gateway release`: look at the file of releases, and change what its releases are for.

Each gateway that follows the file takes the change over within seconds, when all stages of the new plan are up.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.fleet.releases import Plan, ReleasesError, roll_back


def main(arguments: Sequence[str]) -> int:
    """Do what the verb says; 0, or 1 after saying what is wrong."""
    given = _parser().parse_args(arguments)
    try:
        plan = given.change(given)
    except (ReleasesError, ValidationError) as error:
        reason = "; ".join(each["msg"] for each in error.errors()) if isinstance(error, ValidationError) else error
        print(f"gateway release: {reason}", file=sys.stderr)
        return 1
    show(plan)
    return 0


def show(plan: Plan) -> None:
    """Each release, what it is for, and where its stages are."""
    shares = {each.release: f", {each.share:.0%} of films" for each in (plan.canary, plan.shadow) if each}
    for name, release in plan.releases.items():
        role = plan.used.get(name, "not used")
        print(f"{name}: {role}{shares.get(name, '') if role in ('canary', 'shadow') else ''}")
        for stage, where in release.items():
            version = f"  only version {where.version}" if where.version else ""
            archive = f"  only archive {where.digest[:12]}" if where.digest else ""
            print(f"  {stage:<14}{where.at}{version}{archive}")


def _changed(given: argparse.Namespace, **changes: Any) -> Plan:
    plan = Plan.model_validate(Plan.read(given.file).model_dump() | changes)
    plan.write(given.file)
    return plan


def _serve(given: argparse.Namespace) -> Plan:
    """Have a release answer, and no canary or shadow."""
    return _changed(given, serve=given.name, canary=None, shadow=None)


def _canary(given: argparse.Namespace) -> Plan:
    """Have a release answer a share of the films."""
    return _changed(given, canary={"release": given.name, "share": given.share})


def _shadow(given: argparse.Namespace) -> Plan:
    """Have a release compute a share of the films, to be compared."""
    return _changed(given, shadow={"release": given.name, "share": given.share})


def _settle(given: argparse.Namespace) -> Plan:
    """Have no canary and no shadow."""
    return _changed(given, canary=None, shadow=None)


def _rollback(given: argparse.Namespace) -> Plan:
    """Undo the last change; once more redoes it."""
    return roll_back(given.file)


def _show(given: argparse.Namespace) -> Plan:
    """What the file says."""
    return Plan.read(given.file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gateway release", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="the gateway's CXR_RELEASES")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb, change in {
        "show": _show,
        "serve": _serve,
        "canary": _canary,
        "shadow": _shadow,
        "settle": _settle,
        "rollback": _rollback,
    }.items():
        added = verbs.add_parser(verb, help=change.__doc__)
        added.set_defaults(change=change)
        if verb in ("serve", "canary", "shadow"):
            added.add_argument("name", metavar="RELEASE")
        if verb in ("canary", "shadow"):
            share = {"canary": 0.1, "shadow": 1.0}[verb]
            added.add_argument("share", type=float, nargs="?", default=share, help=f"of the films ({share:g})")
    return parser
