"""What a container's control groups leave us, as files of /proc and /sys say it."""

import os
from pathlib import Path

import pytest

from gateway.container import memory_bytes, processors

AFFINITY = len(os.sched_getaffinity(0))
MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
HALF_A_GIB = 512 * 1024 * 1024


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


CASES = {
    "a container of version 2": ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000"}, 1),
    "a service of version 2, limited by its slice": (
        {
            "proc/self/cgroup": "0::/cxr.slice/gateway.service",
            "sys/fs/cgroup/cxr.slice/gateway.service/cpu.max": "max 100000",
            "sys/fs/cgroup/cxr.slice/cpu.max": "100000 100000",
        },
        1,
    ),
    "a container of version 1": (
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/docker/0123\n1:name=systemd:/\n0::/",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "100000",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
        1,
    ),
    "version 1 without a quota": (
        {
            "proc/self/cgroup": "4:cpu:/",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        },
        AFFINITY,
    ),
    "a quota of more than there is": (
        {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "99900000 100000"},
        AFFINITY,
    ),
    "no control groups": ({}, AFFINITY),
}


@pytest.mark.parametrize(("files", "wanted"), CASES.values(), ids=CASES)
def test_processors_are_those_of_the_quota(tmp_path, files, wanted):
    assert processors(write(tmp_path, files)) == wanted


@pytest.mark.skipif(AFFINITY < 2, reason="there is one processor")
def test_a_part_of_a_processor_counts_as_one(tmp_path):
    files = {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "150000 100000"}

    assert processors(write(tmp_path, files)) == 2


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": str(HALF_A_GIB)}, HALF_A_GIB),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": "max"}, MACHINE),
        (
            {"proc/self/cgroup": "3:memory:/kubepods", "sys/fs/cgroup/memory/memory.limit_in_bytes": str(HALF_A_GIB)},
            HALF_A_GIB,
        ),
        (
            {"proc/self/cgroup": "3:memory:/", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"},
            MACHINE,
        ),
        ({}, MACHINE),
    ],
)
def test_memory_is_that_of_the_container(tmp_path, files, wanted):
    assert memory_bytes(write(tmp_path, files)) == wanted
