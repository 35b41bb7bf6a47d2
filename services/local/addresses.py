"""Where the processes of a stack are spoken to."""

from local import releases
from local.places import Places
from local.plan import STABLE, Plan
from local.ports import LOOPBACK, Ports
from local.valkey import ADMIN


class Addresses:
    """Of what listens on the ports of a plan."""

    places: Places
    ports: Ports
    plan: Plan

    @property
    def url(self) -> str:
        """Of the gateway."""
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def door(self) -> str:
        """Of the listener's HTTP door."""
        return f"http://{LOOPBACK}:{self.ports.door}"

    @property
    def review(self) -> str:
        """Of the reading room."""
        return f"http://{LOOPBACK}:{self.ports.review}"

    @property
    def redis(self) -> str:
        """Of Valkey, for this machine's own user."""
        admin = self.places.cache_admin
        password = admin.read_text().strip() if admin.exists() else ""
        return f"redis://{ADMIN}:{password}@{LOOPBACK}:{self.ports.valkey}/0"

    def address(self, name: str) -> str:
        """Of a process that speaks HTTP."""
        return {"gateway": self.url, "scp": self.door, "review": self.review}[name]

    def target(self, name: str) -> str:
        """host:port of the gRPC inference API of a replica; a stage's name is that of its first."""
        return f"{LOOPBACK}:{self.ports.stages[name].grpc}"

    def targets(self, stage: str, release: str = STABLE) -> list[str]:
        """host:port of every replica that answers for a stage in a release: those of stable, where it has none."""
        return releases.targets(self.plan, self.ports, stage, release)
