"""Manifests as the containers of a trial: what kubelet makes of a pod, without an engine."""

import os
from pathlib import Path

import pytest

from tests.trials.containers.kubernetes.cluster import NETWORK, WAYS
from tests.trials.containers.kubernetes.mounts import volumes
from tests.trials.containers.kubernetes.pods import Pod, quantity
from tests.trials.containers.kubernetes.policies import Way, allowed
from tests.unit.deploy.manifests import rendered


def pod(name: str) -> Pod:
    """Of the overlay dev."""
    manifests = rendered("dev")
    (workload,) = (each for each in manifests.workloads() if each["metadata"]["name"] == name)
    return Pod(manifests, workload, 0, NETWORK)


@pytest.mark.parametrize(("text", "number"), [("250m", 0.25), ("2", 2), ("1Gi", 2**30), (1.5, 1.5)])
def test_a_quantity_is_a_number(text: object, number: float) -> None:
    assert quantity(text) == number


def test_the_policies_allow_the_ways_that_the_documentation_names_and_no_other() -> None:
    pods = [pod(each["metadata"]["name"]) for each in rendered("dev").workloads()]

    found = allowed(rendered("dev"), pods)

    assert {Way(source.name[:-2], target.name[:-2], port) for source, target, port in found} == WAYS


def test_a_variable_is_made_of_a_secret_that_an_earlier_one_holds() -> None:
    environment = pod("gateway").environment

    assert environment["CXR_REDIS"] == f"redis://:{environment['VALKEY_PASSWORD']}@valkey:6379/0"
    assert pod("classifier").environment["CXR_STAGE_THREADS"] == "1", "a part of a processor counts as a whole one"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_of_a_secret_are_for_the_pods_group_alone_and_those_of_a_configuration_for_all(tmp_path: Path) -> None:
    gateway = pod("gateway")

    there = volumes(gateway.manifests, gateway.workload, tmp_path)

    assert (there["token"] / "token").stat().st_mode & 0o777 == 0o440
    assert (there["token"] / "token").stat().st_gid == 10001
    assert (there["releases"] / "releases.yaml").stat().st_mode & 0o777 == 0o644
