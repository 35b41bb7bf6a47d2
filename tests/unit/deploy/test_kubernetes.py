"""The manifests of Kubernetes, read: no cluster runs where these tests run."""

import copy
import functools
import json
import re
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from local.places import ROOT
from tests.unit.deploy.manifests import Manifests, example, rendered
from vocabulary.stages import STAGES

CUSTOM = yaml.safe_load((Path(__file__).parent / "custom_resources.yaml").read_text())
USER = 10001


@functools.cache
def check(manifest: str) -> None:
    """Once for what several variants have alike: the schemas are large."""
    kubernetes_validate.validate(json.loads(manifest), kubernetes_validate.latest_version(), strict=True)


def test_manifests_are_what_the_newest_kubernetes_takes(manifests: Manifests) -> None:
    for each in manifests.all:
        if each["kind"] not in CUSTOM:
            check(text := json.dumps(each))
            assert "null" not in text  # which the schemas allow nearly everywhere


def test_custom_resources_have_the_fields_that_their_makers_document(manifests: Manifests) -> None:
    for each in manifests.of(*CUSTOM):
        assert set(each) == {"apiVersion", "kind", "metadata", "spec"}
        jsonschema.validate(each["spec"], CUSTOM[each["kind"]])


def test_behaviour_of_each_scaled_object_is_that_of_an_autoscaler(manifests: Manifests) -> None:
    for each in manifests.of("ScaledObject"):
        behaviour = each["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        target = {"apiVersion": "apps/v1", "kind": "Deployment", **each["spec"]["scaleTargetRef"]}
        spec = {"scaleTargetRef": target, "maxReplicas": each["spec"]["maxReplicaCount"], "behavior": behaviour}
        made = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": spec}
        check(json.dumps(made))
        assert behaviour["scaleDown"]["stabilizationWindowSeconds"] >= 300


def test_a_field_that_does_not_exist_is_found(manifests: Manifests) -> None:
    wrong = copy.deepcopy(manifests.workloads()[0])
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        check(json.dumps(wrong))


def test_containers_run_as_nobody_on_a_root_that_they_cannot_write(manifests: Manifests) -> None:
    for workload, container in manifests.containers():
        pod = workload["spec"]["template"]["spec"]

        assert pod["securityContext"].items() >= {"runAsNonRoot": True, "runAsUser": USER, "runAsGroup": USER}.items()
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert not any("hostPath" in volume for volume in pod.get("volumes", ()))


def test_namespace_lets_nothing_else_run(manifests: Manifests) -> None:
    (namespace,) = manifests.of("Namespace")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {each["metadata"].get("namespace") for each in manifests.all} == {namespace["metadata"]["name"], None}


def test_containers_have_requests_limits_and_all_three_probes(manifests: Manifests) -> None:
    for _, container in manifests.containers():
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert {"cpu", "memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


def test_images_are_pinned_to_a_version(manifests: Manifests) -> None:
    for _, container in manifests.containers():
        assert re.search(r"[:@][^/:]*\d[^/:]*$", container["image"]), container["image"]
        assert not container["image"].endswith(":latest")


def test_stages_images_are_of_the_models_that_are_here(manifests: Manifests) -> None:
    for stage in STAGES:
        config = yaml.safe_load((ROOT / "model_store" / stage / "model-config.yaml").read_text())
        (container,) = manifests.one("Deployment", stage)["spec"]["template"]["spec"]["containers"]
        assert container["image"].endswith(f"cxr-cascade/{stage}:{config['stage']['version']}")


def test_a_pod_that_leaves_has_time_to_end_what_it_does(manifests: Manifests) -> None:
    for workload, container in manifests.containers():
        if workload["metadata"]["name"] != "valkey":
            grace = workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            left = grace - container["lifecycle"]["preStop"]["sleep"]["seconds"]
            stage = workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] == "stage"
            assert left >= (30 if stage else 11)  # responseTimeout; the deadline and a second


def test_stages_and_gateways_are_rolled_out_one_more_before_one_less(manifests: Manifests) -> None:
    for name in ("gateway", *STAGES):
        spec = manifests.one("Deployment", name)["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert spec["minReadySeconds"] > 0
        assert spec["template"]["spec"]["topologySpreadConstraints"]


def test_whatever_may_be_more_than_one_has_a_disruption_budget_that_lets_one_go(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        labels = workload["spec"]["template"]["metadata"]["labels"]
        budgets = [
            each["spec"]
            for each in manifests.of("PodDisruptionBudget")
            if each["spec"]["selector"]["matchLabels"].items() <= labels.items()
        ]
        if manifests.replicas(workload) > 1:
            assert [budget["maxUnavailable"] for budget in budgets] == [1]


def test_what_keeps_state_is_one_and_has_a_volume(manifests: Manifests) -> None:
    for name in ("scp", "review"):
        spec = manifests.one("StatefulSet", name)["spec"]
        assert spec["replicas"] == 1
        assert spec["volumeClaimTemplates"][0]["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_a_gateway_counts_when_it_reached_every_stage_and_then_as_long_as_it_lives(manifests: Manifests) -> None:
    container = manifests.one("Deployment", "gateway")["spec"]["template"]["spec"]["containers"][0]

    paths = [container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")]
    assert paths == ["/readyz", "/livez", "/livez"]


def test_production_has_no_secret_of_its_own_and_development_no_secret_one() -> None:
    assert not example().of("Secret")
    secrets = rendered("dev").of("Secret")
    assert {each["metadata"]["name"].rpartition("-")[0] for each in secrets} == {
        "disk-key",
        "gateway",
        "token",
        "valkey",
    }
