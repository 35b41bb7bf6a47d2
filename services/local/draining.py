"""Before a stack goes down, the reading room takes in what was assessed: Valkey keeps no feed across a restart."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from client import authorities
from client.errors import GatewayError
from client.gateway import ANY_PROBLEM, Gateway
from local.errors import StackError
from local.processes import Processes
from local.waiting import POLL_S, Report

READ_WITHIN_S = 20
"""A film takes the reading room a few tenths of a second; longer nobody who stops a stack wants to wait."""

TIMEOUT_S = 2

CURSOR = "read_to"
"""Source: review.health."""

PARTS = ("gateway", "review")


def drain(stack: Processes, report: Report) -> None:
    """Stop the stages, so that nothing new is assessed, and return when the reading room has read to the feed's end.

    Where it does not come so far in time, the report says so. Nothing of this keeps a stack from going down.
    """
    try:
        running = {each.name for each in stack.processes() if each.pid}
        if not running.issuperset(PARTS):
            return
        with ThreadPoolExecutor() as pool:
            list(pool.map(stack.stop, [one.name for one in stack.planned() if one.name in running]))
    except StackError:  # its supervisor is gone, or goes
        return
    end = time.monotonic() + READ_WITHIN_S
    with Gateway(stack.url, TIMEOUT_S, stack.places.token) as gateway:
        while left := _unread(stack, gateway):
            if time.monotonic() > end:
                report("reading room", f"did not take in {left}: send that again after the next start")
                return
            time.sleep(POLL_S)


def _unread(stack: Processes, gateway: Gateway) -> str:
    """What of the feed the reading room has not; empty where it has all, or does not read it."""
    try:
        room = httpx.get(f"{stack.review}/readyz", timeout=TIMEOUT_S, verify=authorities.usual()).json()
        if CURSOR not in room:
            return ""
        listed, _ = gateway.feed(room[CURSOR], wait_s=0, problem=ANY_PROBLEM)
    except (GatewayError, httpx.HTTPError, ValueError) as error:
        return f"what was assessed last, perhaps ({type(error).__name__})"
    return f"{len(listed)} or more of the films that were assessed last" if listed else ""
