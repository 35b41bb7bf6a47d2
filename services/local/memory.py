"""Whether a plan fits into the memory that is free."""

import psutil

from local.errors import NoMemoryError
from local.plan import Plan, Replica

FRONT_END_BYTES = 130_000_000
"""Of one TorchServe without its workers. Source: `make status`."""

WORKER_BYTES = 110_000_000
"""Of one worker: the largest of the three stages'. Source: `make status`."""

OTHERS_BYTES = 500_000_000
"""Of supervisor, Valkey, gateway, listener and reading room. Source: `make status`."""


def needed(plan: Plan, replicas: list[Replica]) -> int:
    """Bytes of some replicas of a plan."""
    return sum(FRONT_END_BYTES + plan.size(one).workers * WORKER_BYTES for one in replicas)


def check(bytes_needed: int, available: int | None = None) -> None:
    """Refuse what would not fit.

    Args:
        bytes_needed: of what is to be started.
        available: what may be used without swapping; by default, what this machine says.

    Raises:
        NoMemoryError: says how much there is, and what to do.
    """
    free = psutil.virtual_memory().available if available is None else available
    if bytes_needed > free:
        raise NoMemoryError(
            f"The plan needs about {bytes_needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free. "
            "Plan fewer replicas (STAGES), or more workers in fewer of them: a worker takes "
            f"{WORKER_BYTES / 1e6:.0f} MB, a replica {FRONT_END_BYTES / 1e6:.0f} MB more."
        )
