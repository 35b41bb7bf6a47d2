"""What verbs say, to who gave them."""

import sys

from rich.console import Console

from local.words import as_installed

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


def step(name: str, text: str) -> None:
    """One line of what is done, with what it is done to before it."""
    console.print(f"  {name:<13} {text}")


def say(text: str) -> None:
    """A sentence; commands of make that are in it are named as they are given here."""
    console.print(as_installed(text))
