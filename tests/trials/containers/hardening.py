"""What a container's processes may do, looked at from within."""

import re

from tests.trials.containers.engine import Engine
from tests.trials.containers.report import Step

USER = "10001"
ALL_ALIKE = re.compile(r"^(Uid|Gid|CapEff|CapBnd|CapPrm|NoNewPrivs|Seccomp):\s+(.*)$", re.MULTILINE)
WANTED = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "CapPrm": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
"""Source: proc(5); 2 is a filter, Docker's own."""

LIMITS = ("memory/memory.limit_in_bytes", "memory.max")
"""Of control groups, the first and the second version's."""


def look(step: Step, engine: Engine, container: str) -> None:
    """Expect no privilege, a root that cannot be written, and the limits that it was given."""

    def inside(*words: str) -> tuple[bool, str]:
        return engine.tried("exec", container, *words)

    found = dict(ALL_ALIKE.findall(inside("cat", "/proc/1/status")[1]))
    for name in ("Uid", "Gid"):
        step.expect(set(found.get(name, "0").split()) == {USER}, f"{container}: {name} is {found.get(name)}")
    for name, value in WANTED.items():
        step.expect(found.get(name) == value, f"{container}: {name} is {found.get(name)}")
    for place in ("/", "/etc", "/opt", "/usr/bin"):
        went, told = inside("touch", f"{place}/written")
        step.expect(
            not went and "Read-only file system" in told, f"{container}: {place} can be written: {told.strip()}"
        )
    for installer in ("pip", "setuptools"):
        there, _ = inside("test", "-e", f"/opt/venv/lib/python3.11/site-packages/{installer}")
        step.expect(not there, f"{container}: there is {installer}")
    config = engine.inspected(container)["HostConfig"]
    limits = [inside("cat", f"/sys/fs/cgroup/{name}") for name in LIMITS]
    limit = next((told.strip() for went, told in limits if went), "none")
    step.expect(config["Memory"] and limit == str(config["Memory"]), f"{container}: its limit of memory is {limit}")


def has_a_way_out(engine: Engine, container: str) -> bool:
    """Whether it has a default route."""
    routes = engine.docker("exec", container, "cat", "/proc/net/route")
    return any(line.split()[1] == "00000000" for line in routes.splitlines()[1:])
