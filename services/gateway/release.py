"""`python -m gateway release`: look at the file of releases, and change what its releases are for.

Each gateway that follows the file takes the change over within seconds, when all stages of the new plan are up.
A release that did not answer films until now needs a certificate of its archives, or a reason why it has none. Each
change is written to the gateway's audit (CXR_AUDIT_FOLDER) first; without one, to one beside the file.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditing.keys import KeyLostError
from certificates.certificate import Archive
from gateway import release_audit
from gateway.evidence import Evidence, EvidenceError, certified, excused
from gateway.fleet.releases import Plan, ReleasesError, previous

SHARES = {"canary": 0.1, "shadow": 1.0}


def main(arguments: Sequence[str]) -> int:
    """Do what the verb says; 0, or 1 after saying what is wrong."""
    given = _parser().parse_args(arguments)
    try:
        plan = given.change(given)
    except (ReleasesError, EvidenceError, KeyLostError, OSError, ValidationError) as error:
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
        print(f"{name}: {role}{shares.get(name, '') if role in SHARES else ''}")
        if why := (plan.withdrawn or {}).get(name):
            print(f"  was withdrawn at the last start: {why}")
        for stage, where in release.items():
            version = f"  only version {where.version}" if where.version else ""
            archive = f"  only archive {where.digest[:12]}" if where.digest else ""
            print(f"  {stage:<14}{where.at}{version}{archive}")


def _serve(given: argparse.Namespace) -> Plan:
    """Have a release answer, and no canary or shadow."""
    return _answering(given, serve=given.name, canary=None, shadow=None)


def _canary(given: argparse.Namespace) -> Plan:
    """Have a release answer a share of the films."""
    return _answering(given, canary={"release": given.name, "share": given.share})


def _shadow(given: argparse.Namespace) -> Plan:
    """Have a release compute a share of the films, to be compared."""
    plan = _with(Plan.read(given.file), shadow={"release": given.name, "share": given.share})
    return _written(given, plan, release=given.name, share=given.share)


def _settle(given: argparse.Namespace) -> Plan:
    """Have no canary and no shadow."""
    return _written(given, _with(Plan.read(given.file), canary=None, shadow=None))


def _rollback(given: argparse.Namespace) -> Plan:
    """Undo the last change; once more redoes it."""
    return _written(given, previous(given.file))


def _show(given: argparse.Namespace) -> Plan:
    """What the file says."""
    return Plan.read(given.file)


def _answering(given: argparse.Namespace, **changes: Any) -> Plan:
    """Change who answers, on evidence; only the archives that a certificate is of can answer then."""
    before = Plan.read(given.file)
    if given.reference:
        changes["references"] = (before.references or {}) | {given.name: str(given.reference.resolve())}
    plan = _with(before, **changes, withdrawn=None)
    evidence = _evidence(given, needed=given.verb == "canary" or given.name != before.serve)
    if evidence.ground:
        plan = _with(plan, evidence=(before.evidence or {}) | {given.name: evidence.ground})
    share = {"share": given.share} if given.verb == "canary" else {}
    return _written(given, _pinned(plan, given.name, evidence.pins), release=given.name, **share, **evidence.told)


def _evidence(given: argparse.Namespace, needed: bool) -> Evidence:
    if given.without_certificate is not None:
        return excused(given.without_certificate)
    if given.certificate and given.key:
        return certified(given.certificate, given.key)
    if given.certificate or given.key:
        raise EvidenceError("--certificate FILE and --key signing.pub belong together")
    if needed:
        raise EvidenceError(
            f"{given.name} needs evidence before patients' films are answered by it. Give its certificate "
            f"(--certificate FILE --key signing.pub), or say why it has none (--without-certificate REASON)"
        )
    return Evidence()


def _with(plan: Plan, **changes: Any) -> Plan:
    return Plan.model_validate(plan.model_dump() | changes)


def _pinned(plan: Plan, name: str, pins: Mapping[str, Archive]) -> Plan:
    if pins and set(pins) != set(plan.problem.stages):
        raise EvidenceError(f"the certificate is of {', '.join(pins)}; releases here are of the {plan.problem.name}")
    document = plan.model_dump()
    for stage, archive in pins.items():
        document["releases"][name][stage] |= archive.model_dump()
    return Plan.model_validate(document)


def _written(given: argparse.Namespace, plan: Plan, **told: object) -> Plan:
    """Audited first: of a change that the disk then refuses there is a line too many, and never one too few."""
    release_audit.append(given.file, given.verb, {"serves": plan.serve, **told})
    plan.write(given.file)
    return plan


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
        added.set_defaults(change=change, verb=verb)
        if verb in ("serve", "canary", "shadow"):
            added.add_argument("name", metavar="RELEASE")
        if verb in SHARES:
            share = SHARES[verb]
            added.add_argument("share", type=float, nargs="?", default=share, help=f"of the films ({share:g})")
        if verb in ("serve", "canary"):
            _add_evidence(added)
    return parser


def _add_evidence(parser: argparse.ArgumentParser) -> None:
    evidence = parser.add_mutually_exclusive_group()
    evidence.add_argument("--certificate", type=Path, metavar="FILE", help="of the release's archives")
    evidence.add_argument("--without-certificate", metavar="REASON", help="why it has none, for the audit")
    parser.add_argument("--key", type=Path, metavar="FILE", help="whose certificates are trusted: signing.pub")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="its own reference.json, for drift")
