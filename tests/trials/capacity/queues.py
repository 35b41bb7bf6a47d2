"""What is known in closed form of waiting lines, to begin a search with and to test the simulation against.

Source:
    Lazowska, Zahorjan, Graham and Sevcik, "Quantitative System Performance", 1984: chapters 3 (Little's law, forced
    flow) and 5 (asymptotic bounds). Erlang's formula: Kleinrock, "Queueing Systems", volume 1, 1975, section 3.5.
"""

import math
from collections.abc import Iterable


def erlang_c(servers: int, offered: float) -> float:
    """The probability that who arrives has to wait, in [0, 1]: Poisson arrivals, exponential service, one line.

    Args:
        servers: at least one.
        offered: arrivals a second times the mean service time; as many servers are busy on average.
    """
    if offered >= servers:
        return 1.0
    blocked = 1.0  # Erlang B, by its recursion, which neither overflows nor loses digits
    for each in range(1, servers + 1):
        blocked = offered * blocked / (each + offered * blocked)
    utilisation = offered / servers
    return blocked / (1 - utilisation + utilisation * blocked)


def wait_s(servers: int, per_s: float, service_s: float) -> float:
    """Mean seconds in the line of an M/M/c queue; infinite where more comes than can be served."""
    free = servers / service_s - per_s
    return erlang_c(servers, per_s * service_s) / free if free > 0 else math.inf


def wait_quantile_s(servers: int, per_s: float, service_s: float, share: float) -> float:
    """Seconds within which that share of all have waited, in the line of an M/M/c queue.

    Source:
        Who waits at all waits exponentially long (Kleinrock 1975, section 3.5).
    """
    waits, free = erlang_c(servers, per_s * service_s), servers / service_s - per_s
    if free <= 0:
        return math.inf
    return max(0.0, math.log(waits / (1 - share)) / free) if waits else 0.0


def most_per_s(users: int, round_trip_s: float, stations: Iterable[tuple[float, float]]) -> float:
    """The upper asymptotic bound of a closed system's throughput.

    Args:
        users: who ask again as soon as they are answered.
        round_trip_s: what one film takes when it is alone.
        stations: servers and seconds of a server's time that a film takes.
    """
    return min(users / round_trip_s, *(servers / demand_s for servers, demand_s in stations if demand_s > 0))
