"""How many calls a replica is sent at once: as many as keep it busy, and no more.

TorchServe answers in the order in which it is asked, so what waits there can be overtaken by nobody. What waits in the
gateway can: an urgent film goes first. A replica is therefore sent one call more than it can work on, and finds out by
itself how many that is: the more of a call's time is spent waiting, the lower the limit.

Source:
    TCP Vegas (Brakmo and Peterson, 1994), as Netflix's concurrency-limits (VegasLimit) uses it for servers. There the
    shortest round trip ever seen stands for a call that did not wait; here the worker itself says how long its network
    took, which also holds while others use the processor.
"""

MIN_LIMIT, MAX_LIMIT = 1, 64
FIRST_LIMIT = 2
"""Before anything is known: one being worked on, one waiting."""

FEW, MANY = 0.8, 1.6
"""Calls waiting at a replica: below the first its limit grows, above the second it falls.

Source:
    With w workers and a limit of w + 1 one call waits; the two bounds lie around that one."""

SMOOTHING = 0.2
"""Weight of the newest call."""

FORGETTING = 1.002
"""By which the shortest way there and back grows with each call that is alone, until a shorter one is seen: a network
that has become slower is believed after some hundred. What takes longer because processors are busy is no way, but
waiting: more calls at once would wait too."""

STEP = 0.25
"""By which the limit moves with a call."""


class Limit:
    """Of one replica."""

    def __init__(self) -> None:
        self._exact = float(FIRST_LIMIT)
        self._waiting = (FEW + MANY) / 2
        self._overhead_s = 0.0

    def __int__(self) -> int:
        """Calls at once."""
        return int(self._exact)

    def answered(self, took_s: float, inference_s: float, in_flight: int) -> None:
        """Learn from one call.

        Args:
            took_s: from sending it to having its answer.
            inference_s: the worker's own; 0 where it did not say.
            in_flight: calls at this replica when it was sent, itself included.
        """
        if not inference_s:
            return
        if in_flight == 1:  # nothing to wait for: what is left is the way there and back
            alone_s = took_s - inference_s
            self._overhead_s = min(alone_s, self._overhead_s * FORGETTING) if self._overhead_s else alone_s
        waited_s = max(took_s - inference_s - self._overhead_s, 0.0)
        self._waiting += SMOOTHING * (in_flight * waited_s / took_s - self._waiting)
        if self._waiting < FEW and in_flight >= int(self._exact):  # only a limit that was reached has been tried
            self._exact = min(self._exact + STEP, MAX_LIMIT)
        elif self._waiting > MANY:
            self._exact = max(self._exact - STEP, MIN_LIMIT)
