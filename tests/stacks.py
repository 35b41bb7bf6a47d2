"""A stack of real processes, for as long as a test or a trial needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.stack import Stack


@contextmanager
def ready(stack: Stack, within_s: float) -> Iterator[Stack]:
    """Up and ready in so many seconds; down at the end, also where it did not become ready."""
    try:
        stack.up()
        stack.wait_ready(within_s)
        yield stack
    finally:
        stack.down()
