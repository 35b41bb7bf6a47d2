"""Valkey: killed, paused, full and emptied."""

import httpx
import psutil
from redis import Redis

from client.token import of_environment
from tests.trials.drill.fault import Fault
from tests.trials.drill.films import PATH
from tests.trials.drill.processes import Killed, Paused
from tests.trials.drill.site import Site

HOLD_S = 4.0
NOTHING = "1mb"
"""Less than Valkey itself takes, so that every write is refused."""


class Forgetful(Fault):
    """Base: afterwards the cache works again."""

    def check(self, site: Site) -> list[str]:
        """A film that is asked about twice comes from the cache."""
        film = site.films[0]
        with httpx.Client(base_url=site.url, timeout=30, auth=of_environment()) as client:
            twice = [client.post(PATH, content=film.data, headers={"Content-Type": film.kind}) for _ in range(2)]
        known = twice[1].status_code == httpx.codes.OK and twice[1].json()["cached"]
        return [] if known else ["a film that was just assessed does not come from the cache"]


class ValkeyKilled(Forgetful, Killed):
    """No film is lost. It comes back empty: cached results are gone, and asynchronous films may be forgotten."""

    name = "Valkey killed, back empty"
    forgets = True

    def victims(self, site: Site) -> list[psutil.Process]:
        """Valkey."""
        return site.processes("valkey")


class ValkeyPaused(Forgetful, Paused):
    """No film is lost, and none waits longer than Valkey's timeout. The feed catches up afterwards."""

    name = "Valkey paused"

    def victims(self, site: Site) -> list[psutil.Process]:
        """Valkey."""
        return site.processes("valkey")


class ValkeyFull(Forgetful):
    """No film is lost. The gateway keeps what does not fit, and the feed catches up afterwards."""

    name = "Valkey full"
    hold_s = HOLD_S
    SETTINGS = ("maxmemory", "maxmemory-policy")

    def inject(self, site: Site) -> None:
        """Refuse every write, and let nothing go to make room."""
        with Redis.from_url(site.stages.redis) as valkey:
            self._were = {name: valkey.config_get(name)[name] for name in self.SETTINGS}
            for name, value in zip(self.SETTINGS, (NOTHING, "noeviction"), strict=True):
                valkey.config_set(name, value)

    def mend(self, site: Site) -> None:
        """As before."""
        with Redis.from_url(site.stages.redis) as valkey:
            for name, value in self._were.items():
                valkey.config_set(name, value)


class ValkeyEmptied(Forgetful):
    """No film is lost. Cached results are computed again; asynchronous films may be forgotten."""

    name = "Valkey emptied"
    forgets = True

    def inject(self, site: Site) -> None:
        """Under its readers' hands."""
        with Redis.from_url(site.stages.redis) as valkey:
            valkey.flushall()
