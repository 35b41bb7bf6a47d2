"""The verbs: `python deploy/local {up,down,scale,status,logs,demo}`; the Makefile calls them."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from certificates.signatures import PRIVATE
from local import demo, logs, releases, status
from local.errors import AlreadyUpError, BackupError, NoArchiveError, NotUpError, PlanError, StackError
from local.places import DEFAULT_ARCHIVES, DEFAULT_RUN, KEYS_VARIABLE, ROOT, SIGNING
from local.plan import Plan, Replica
from local.ports import Ports
from local.programs import PROCESSES
from local.stack import Stack
from vocabulary.stages import STAGES

READY_WITHIN_S = 120
"""Far above what a start takes, for machines that are busy."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong."""
    given = _parser().parse_args(arguments)
    verb: Callable[[Stack, argparse.Namespace], None] = given.verb
    try:
        verb(Stack.found(given.run_dir, Ports.default(os.environ), given.archives, _plan(given)), given)
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
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
    console.print("`make status`, `make logs`, `make down`")


def bring_up(stack: Stack, given: argparse.Namespace) -> None:
    """Up, with a line for each step; a stack that does not come up is taken down again."""
    stack.check_down()
    _step("python", f"{platform.python_version()} in {sys.prefix}, dependencies installed")
    if os.environ.get(KEYS_VARIABLE):
        _step("archives", f"as they are in {given.archives}: signed with a key of {os.environ[KEYS_VARIABLE]}")
    elif given.archives == DEFAULT_ARCHIVES:
        build_archives(given.archives)
    build_pages()
    _step("plan", stack.plan.told())
    try:
        stack.up()
        for line in releases.told(stack.releases):
            _step("release", escape(line))
        _step("starting", f"{', '.join(stack.names)}; logs in {stack.places.log('any').parent}")
        stack.wait_ready(READY_WITHIN_S, _step)
    except AlreadyUpError:
        raise
    except (StackError, KeyboardInterrupt):
        stack.down()
        raise


def build_archives(folder: Path) -> None:
    """Build what changed.

    Raises:
        NoArchiveError: there are no weights to build one from.
    """
    import archives

    for stage in STAGES:
        source = ROOT / "model_store" / stage
        missing = [name for name in ("weights.safetensors", "model-config.yaml") if not (source / name).exists()]
        if missing:
            raise NoArchiveError(
                f"{source} has no {' and no '.join(missing)}, without which the {stage} cannot run. They come with the "
                "repository: `git status` shows what is gone. `make train` recreates them from the data."
            )
        why = archives.build(stage, folder)
        _step("archive", f"{stage}.mar built, because {why}" if why else f"{stage}.mar is up to date")
    _step(
        "signed",
        f"with this machine's own key, {SIGNING / PRIVATE}: damage is noticed, an intruder who can read it not",
    )


def build_pages() -> None:
    """Build the reading room's pages where somebody changed them.

    Raises:
        NoNodeError, PagesNotBuiltError: say why they could not be built.
    """
    import pages

    _step("pages", f"the reading room's {'built' if pages.build() else 'are up to date'}")


def show(stack: Stack, given: argparse.Namespace) -> None:
    """Print what runs; 1 where nothing does."""
    console.print(status.table(stack))


def down(stack: Stack, given: argparse.Namespace) -> None:
    """Stop the stack."""
    was_up = bool(stack.left())
    stack.down()
    console.print("The stack is down." if was_up else "The stack was not up; nothing of it is left.")


def scale(stack: Stack, given: argparse.Namespace) -> None:
    """Add or remove replicas of the stack that is up; nothing else restarts."""
    if not given.stages and not given.plan:
        raise PlanError(f'Say how many: `make scale STAGES="classifier=2"`. Now: {stack.plan.told()}.')
    plan = _plan(given, stack.plan)
    _step("plan", plan.told())
    stack.scale(plan, _step)
    console.print("`make status` shows them.")


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
        _step("stack", f"already up, at {stack.url}, with {stack.plan.told()}")
        stack.wait_ready(READY_WITHIN_S)
    else:
        bring_up(stack, given)
    _step("dicom", demo.over_dicom(stack))
    demo.run(stack, console, os.environ)


def back_up(stack: Stack, given: argparse.Namespace) -> None:
    """Write one file with all that nobody can make again, while everything runs."""
    from local.backup import making
    from local.backup.site import Site

    if given.to is None:
        raise BackupError("Say where to: `make backup TO=/path/to/file`, or a folder, where its name tells the time.")
    making.back_up(Site.found(stack.places, os.environ), given.to, given.encrypt, _step)


def restore(stack: Stack, given: argparse.Namespace) -> None:
    """Put a backup in the place of what is there, which is kept under another name."""
    from local.backup import restoring
    from local.backup.site import Site

    if given.file is None:
        raise BackupError("Say which: `make restore FROM=/path/to/file`.")
    if stack.is_up() or stack.left():
        raise AlreadyUpError("The stack is up, and a restore would pull its files away: `make down`, then restore.")
    restoring.restore(Site.found(stack.places, os.environ), given.file, given.decrypt, _step)
    console.print("Restored. `make up` starts it; remove what was kept when all is as it should be.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy/local", description="The whole stack on this machine.")
    parser.add_argument("--run-dir", type=Path, default=DEFAULT_RUN, help="logs and state (build/run)")
    parser.add_argument("--archives", type=Path, default=DEFAULT_ARCHIVES, help="model archives (build/model_store)")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    named = {"up": up, "down": down, "scale": scale, "status": show, "logs": print_logs, "demo": run_demo}
    named |= {"backup": back_up, "restore": restore}
    for name, does in named.items():
        verb = verbs.add_parser(name, help=(does.__doc__ or "").splitlines()[0])
        verb.set_defaults(verb=does)
        if does in (up, scale, run_demo):
            verb.add_argument("stages", nargs="*", metavar="STAGE=REPLICAS", help="such as classifier=2")
            verb.add_argument("--plan", type=Path, help="an env file with CXR_CLASSIFIER_REPLICAS=2 and so on")
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


def _step(name: str, text: str) -> None:
    console.print(f"  {name:<13} {text}")
