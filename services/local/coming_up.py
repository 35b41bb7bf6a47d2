"""Bringing a stack up, with what it needs built before, told step by step."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from certificates.signatures import PRIVATE
from client.places import CHECKOUT, model_store
from local import java_cache
from local.errors import AlreadyUpError, NoArchiveError, RehearsalError, StackError
from local.java import java_home
from local.places import DEFAULT_ARCHIVES, KEYS_VARIABLE, SIGNING
from local.stack import Stack
from local.supervision import own_environment
from local.telling import step
from vocabulary.problems.known import SERVED
from vocabulary.stages import STAGES

READY_WITHIN_S = 120
"""Far above what a start takes, for machines that are busy."""


def bring_up(stack: Stack, given: argparse.Namespace) -> None:
    """Up, with a line for each step; a stack that does not come up is taken down again."""
    stack.check_down()
    step("python", f"{platform.python_version()} in {sys.prefix}, dependencies installed")
    if os.environ.get(KEYS_VARIABLE):
        step("archives", f"as they are in {given.archives}: signed with a key of {os.environ[KEYS_VARIABLE]}")
    elif given.archives == DEFAULT_ARCHIVES:
        build_archives(given.archives, [stage for stage in SERVED if stack.plan.replicas(stage=stage)])
    if CHECKOUT:
        build_pages()
    step("plan", stack.plan.told())
    try:
        stack.up()
        for line in stack.answering():
            step("release", escape(line))
        step("starting", f"{', '.join(stack.names)}; logs in {stack.places.log('any').parent}")
        stack.wait_ready(READY_WITHIN_S, step)
    except AlreadyUpError:
        raise
    except (StackError, KeyboardInterrupt):
        stack.down()
        raise


def build_archives(folder: Path, stages: Sequence[str] = STAGES) -> None:
    """Build what changed of these.

    Raises:
        NoArchiveError: there are no weights to build one from.
    """
    from local import archives

    for stage in stages:
        source = model_store() / stage
        missing = [name for name in ("weights.safetensors", "model-config.yaml") if not (source / name).exists()]
        if missing:
            raise NoArchiveError(
                f"{source} has no {' and no '.join(missing)}, without which the {stage} cannot run. {_origin()}"
            )
        why = archives.build(stage, folder)
        step("archive", f"{stage}.mar built, because {why}" if why else f"{stage}.mar is up to date")
    step(
        "signed",
        f"with this machine's own key, {SIGNING / PRIVATE}: damage is noticed, an intruder who can read it not",
    )
    rehearse()


def rehearse() -> None:
    """Have Java keep what it needs to start TorchServe, once; without it the stages only start more slowly.

    Raises:
        NoJavaError: there is none.
    """
    from local import rehearsal

    java = java_home(own_environment({}))
    cache = java_cache.place(java)
    if cache is None or cache.exists():
        return
    step("java", "keeps what it needs to start TorchServe (once, some 20 s)")
    try:
        rehearsal.rehearse(java, cache)
    except (RehearsalError, OSError) as error:
        step("java", f"kept nothing, so that stages start more slowly: {escape(str(error))}")


def _origin() -> str:
    """Where weights are to be had."""
    if CHECKOUT:
        return (
            "They come with the repository: `git status` shows what is gone. `make train` recreates them from the data."
        )
    return (
        "They come with the package cxr-cascade-models; CXR_MODEL_STORE names the folder of others, "
        "and cxr-train makes them from films."
    )


def build_pages() -> None:
    """Build the reading room's pages where somebody changed them.

    Raises:
        NoNodeError, PagesNotBuiltError: say why they could not be built.
    """
    from local import pages

    step("pages", f"the reading room's {'built' if pages.build() else 'are up to date'}")
