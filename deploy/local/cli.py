"""The verbs: `python deploy/local {up,down,status,logs,demo}`; the Makefile calls them."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from local import demo, logs, status
from local.errors import AlreadyUpError, NoArchiveError, NotUpError, PagesNotBuiltError, StackError
from local.places import DEFAULT_ARCHIVES, DEFAULT_RUN, ROOT
from local.ports import STAGES, Ports
from local.programs import PROCESSES
from local.stack import Stack

READY_WITHIN_S = 120
"""Far above what a start takes, for machines that are busy."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong."""
    given = _parser().parse_args(arguments)
    verb: Callable[[Stack, argparse.Namespace], None] = given.verb
    try:
        verb(Stack.found(given.run_dir, Ports.default(os.environ), given.archives), given)
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
    if given.archives == DEFAULT_ARCHIVES:
        build_archives(given.archives)
    build_pages()
    try:
        stack.up()
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
                "repository: `git status` shows what is gone. `make train` makes them anew, from the data."
            )
        built = archives.build(stage, folder)
        _step("archive", f"{stage}.mar {'built' if built else 'is up to date'}")


def build_pages() -> None:
    """Build the reading room's pages where they changed.

    Raises:
        PagesNotBuiltError: says why.
    """
    import pages

    try:
        built = pages.build()
    except pages.PagesError as error:
        raise PagesNotBuiltError(str(error)) from error
    _step("pages", f"the reading room's {'built' if built else 'are up to date'}")


def show(stack: Stack, given: argparse.Namespace) -> None:
    """Print what runs; 1 where nothing does."""
    console.print(status.table(stack))


def down(stack: Stack, given: argparse.Namespace) -> None:
    """Stop the stack."""
    was_up = bool(stack.left())
    stack.down()
    console.print("The stack is down." if was_up else "The stack was not up; nothing of it is left.")


def print_logs(stack: Stack, given: argparse.Namespace) -> None:
    """Print the logs, merged and labelled."""
    processes = tuple(given.processes) or PROCESSES
    if not any(stack.places.log(process).exists() for process in processes):
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
        _step("stack", f"already up, at {stack.url}")
        stack.wait_ready(READY_WITHIN_S)
    else:
        bring_up(stack, given)
    _step("dicom", demo.over_dicom(stack))
    demo.run(stack, console, os.environ)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy/local", description="The whole stack on this machine.")
    parser.add_argument("--run-dir", type=Path, default=DEFAULT_RUN, help="logs and state (build/run)")
    parser.add_argument("--archives", type=Path, default=DEFAULT_ARCHIVES, help="model archives (build/model_store)")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for name, does in {"up": up, "down": down, "status": show, "logs": print_logs, "demo": run_demo}.items():
        verb = verbs.add_parser(name, help=(does.__doc__ or "").splitlines()[0])
        verb.set_defaults(verb=does)
        if does is print_logs:
            verb.add_argument("processes", nargs="*", choices=[*PROCESSES, []], metavar="PROCESS", help="default: all")
            verb.add_argument("-f", "--follow", action="store_true", help="go on as they grow")
            verb.add_argument("-n", "--lines", type=int, default=100, help="of each process (100)")
    return parser


def _step(name: str, text: str) -> None:
    console.print(f"  {name:<14}{text}")
