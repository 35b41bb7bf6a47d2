"""The verbs: `cxr up` and those beside it; the Makefile calls them as `python services/local VERB`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local import demo, logs, observing, status
from local.coming_up import READY_WITHIN_S, bring_up
from local.draining import drain
from local.errors import AlreadyUpError, BackupError, NotUpError, PlanError, StackError
from local.places import DEFAULT_ARCHIVES, DEFAULT_RUN
from local.plan import Plan, Replica
from local.ports import Ports
from local.programs import PROCESSES
from local.stack import Stack
from local.telling import console, say, step
from local.top import watching
from local.words import as_installed


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong."""
    given = _parser().parse_args(arguments)
    verb: Callable[[Stack, argparse.Namespace], None] = given.verb
    try:
        plan = _plan(given, demo.plan() if verb is run_demo else None)
        verb(Stack.found(given.run_dir, Ports.default(os.environ), given.archives, plan), given)
    except StackError as error:
        print(f"\n{as_installed(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # `make logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def up(stack: Stack, given: argparse.Namespace) -> None:
    """Start the stack and wait until it is ready."""
    bring_up(stack, given)
    console.print(f"Reading room: {stack.review}   gateway: {stack.url}   documentation: {stack.url}/docs")
    say("`make status`, `make logs`, `make down`")


def show(stack: Stack, given: argparse.Namespace) -> None:
    """Print what runs; 1 where nothing does."""
    console.print(status.table(stack))


def top(stack: Stack, given: argparse.Namespace) -> None:
    """Show live what is done now, how fast, and where a film's time goes."""
    watching.watch(stack, given, console)


def observe(stack: Stack, given: argparse.Namespace) -> None:
    """Start Prometheus with our alert rules, looking at the stack."""
    observing.observe(stack, given, console)


def down(stack: Stack, given: argparse.Namespace) -> None:
    """Stop the stack, when the reading room has taken in what was assessed."""
    was_up = bool(stack.left())
    observing.Observer(stack).stop()
    drain(stack, step)
    stack.down()
    console.print("The stack is down." if was_up else "The stack was not up; nothing of it is left.")


def scale(stack: Stack, given: argparse.Namespace) -> None:
    """Add or remove replicas of the stack that is up; nothing else restarts."""
    if not given.stages and not given.plan:
        raise PlanError(f'Say how many: `make scale STAGES="classifier=2"`. Now: {stack.plan.told()}.')
    plan = _plan(given, stack.plan)
    step("plan", plan.told())
    stack.scale(plan, step)
    say("`make status` shows them.")


def print_logs(stack: Stack, given: argparse.Namespace) -> None:
    """Print the logs, merged and labelled."""
    processes = tuple(given.processes) or PROCESSES
    if not logs.wanted(stack.places, processes):
        raise NotUpError(f"There are no logs in {stack.places.log('any').parent}: `make up` starts the stack.")
    added = logs.follow(stack.places, processes)
    for line in logs.merged(stack.places, processes, given.lines):
        print(line)
    if given.follow:
        for line in added:
            print(line, flush=True)


def run_demo(stack: Stack, given: argparse.Namespace) -> None:
    """Bring the stack up where it is not, and assess the sample films."""
    if stack.is_up():
        if _plan(given, stack.plan) != stack.plan:
            stack.check_down()  # which says what is up, and how to change it
        step("stack", f"already up, at {stack.url}, with {stack.plan.told()}")
        stack.wait_ready(READY_WITHIN_S)
    else:
        bring_up(stack, given)
    step("dicom", demo.over_dicom(stack))
    demo.run(stack, console, os.environ)


def back_up(stack: Stack, given: argparse.Namespace) -> None:
    """Write one file with all that nobody can make again, while everything runs."""
    from local.backup import making
    from local.backup.site import Site

    if given.to is None:
        raise BackupError("Say where to: `make backup TO=/path/to/file`, or a folder, where its name tells the time.")
    making.back_up(Site.found(stack.places, os.environ), given.to, given.encrypt, step)


def restore(stack: Stack, given: argparse.Namespace) -> None:
    """Put a backup in the place of what is there, which is kept under another name."""
    from local.backup import restoring
    from local.backup.site import Site

    if given.file is None:
        raise BackupError("Say which: `make restore FROM=/path/to/file`.")
    if stack.is_up() or stack.left():
        raise AlreadyUpError("The stack is up, and a restore would pull its files away: `make down`, then restore.")
    restoring.restore(Site.found(stack.places, os.environ), given.file, given.decrypt, step)
    say("Restored. `make up` starts it; remove what was kept when all is as it should be.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cxr", description="The whole stack on this machine.")
    _folders(parser, DEFAULT_RUN, DEFAULT_ARCHIVES)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    named = {
        "up": up,
        "down": down,
        "scale": scale,
        "status": show,
        "top": top,
        "observe": observe,
        "logs": print_logs,
        "demo": run_demo,
    }
    named |= {"backup": back_up, "restore": restore}
    for name, does in named.items():
        verb = verbs.add_parser(name, help=(does.__doc__ or "").splitlines()[0])
        verb.set_defaults(verb=does)
        _folders(verb, argparse.SUPPRESS, argparse.SUPPRESS)  # said after the verb, or before it
        if does in (up, scale, run_demo):
            verb.add_argument("stages", nargs="*", metavar="STAGE=REPLICAS", help="such as classifier=2")
            verb.add_argument("--plan", type=Path, help="an env file with CXR_CLASSIFIER_REPLICAS=2 and so on")
        if does is top:
            watching.add_options(verb)
        if does is observe:
            observing.add_options(verb)
        if does is print_logs:
            verb.add_argument("processes", nargs="*", type=_process, metavar="PROCESS", help="default: all")
            verb.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")
            verb.add_argument("-n", "--lines", type=int, default=100, help="of each process (100)")
        if does is back_up:
            verb.add_argument("--to", type=Path, help="a file that is not there yet, or a folder")
            verb.add_argument("--encrypt", type=Path, metavar="FILE", help="with a passphrase or a public key in it")
        if does is restore:
            verb.add_argument("--from", dest="file", type=Path, help="the backup")
            verb.add_argument("--decrypt", type=Path, metavar="FILE", help="with the passphrase or the private key")
    return parser


def _folders(parser: argparse.ArgumentParser, run: Path | str, archives: Path | str) -> None:
    parser.add_argument("--run-dir", type=Path, default=run, help=f"logs and state ({DEFAULT_RUN})")
    parser.add_argument("--archives", type=Path, default=archives, help=f"model archives ({DEFAULT_ARCHIVES})")


def _plan(given: argparse.Namespace, base: Plan | None = None) -> Plan:
    """What the verb was told: the file, then the words; what neither says is as in base."""
    plan = base or Plan()
    if getattr(given, "plan", None):
        plan = Plan.read(given.plan, plan)
    return Plan.parse(" ".join(getattr(given, "stages", ())), plan)


def _process(name: str) -> str:
    if name not in PROCESSES and not Replica.named(name):
        raise argparse.ArgumentTypeError(f"{name}: it is one of {', '.join(PROCESSES)}, or a replica, as classifier-2")
    return name
