"""The releases of the problems whose answer is a number: one stage each, and a plan of its own."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from gateway.fleet.channels import Channels
from gateway.fleet.fleet import Fleet
from gateway.fleet.releases import Plan
from gateway.metrics import Metrics
from vocabulary.problems.known import NUMBERS


def plans(addresses: Mapping[str, str], files: Mapping[str, Path]) -> dict[str, Plan]:
    """Problem to what answers it.

    Args:
        addresses: problem to where its stage is, of those without a file.
        files: problem to its file of releases.

    Raises:
        ReleasesError: a file cannot be read, or is another problem's.
    """
    found = {name: Plan.single({name: at}) for name, at in addresses.items() if name not in files}
    for name, file in files.items():
        found[name] = Plan.read(file)
        found[name].check_problem(NUMBERS[name], file)
    return found


@contextlib.asynccontextmanager
async def connect(
    plans: Mapping[str, Plan], files: Mapping[str, Path], channels: Channels, metrics: Metrics
) -> AsyncIterator[dict[str, Fleet]]:
    """Problem to its fleet; each follows its file, where it has one."""
    async with contextlib.AsyncExitStack() as stack:
        found = {}
        for name, plan in plans.items():
            found[name] = await stack.enter_async_context(Fleet.connect(plan, files.get(name), channels, metrics))
        yield found
