"""Who is connected to whom in the manifests: every selector, port, address, variable and query leads somewhere."""

import importlib.util
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.fleet.releases import Plan
from gateway.settings import Settings
from local.places import ROOT
from review.settings import Settings as ReviewSettings
from scp.routes import read_routes
from scp.settings import Settings as ListenerSettings
from tests.unit.deploy.manifests import SOURCE, Manifest, Manifests, example, matches, rendered
from vocabulary.stages import STAGES

SETTINGS = {"gateway": ("CXR_", Settings), "scp": ("CXR_SCP_", ListenerSettings), "review": ("REVIEW_", ReviewSettings)}
OTHERS = {
    *("VALKEY_PASSWORD", "POD_NAME", "GATEWAY_POD", "SSL_CERT_FILE"),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_RESOURCE_ATTRIBUTES"),
}
"""What a variable is made of, and what libraries read."""


def ports(workload: Manifest) -> dict[str, int]:
    """Name to number, of all containers."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each["containerPort"] for container in containers for each in container["ports"]}


def is_stage(workload: Manifest) -> bool:
    return workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] == "stage"


def test_services_lead_to_one_workload_and_a_port_of_it(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        (workload,) = manifests.selected({"matchLabels": service["spec"]["selector"]})
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= set(ports(workload))
        if is_stage(workload):
            assert service["spec"]["clusterIP"] == "None", "a stage's name must be its replicas' addresses"
    for stateful in manifests.of("StatefulSet"):
        assert manifests.one("Service", stateful["spec"]["serviceName"])


def test_workloads_budgets_and_autoscalers_select_whom_they_name(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        assert manifests.selected(workload["spec"]["selector"]) == [workload]
    for budget in manifests.of("PodDisruptionBudget"):
        assert [each["metadata"]["name"] for each in manifests.selected(budget["spec"]["selector"])] == [
            budget["metadata"]["name"]
        ]
    for scaler in manifests.of("ScaledObject", "HorizontalPodAutoscaler"):
        target = manifests.one("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in target["spec"], "applying the manifests would set back what the autoscaler counted"
    for monitor in manifests.of("PodMonitor"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert (watched := manifests.selected(monitor["spec"]["selector"]))
        assert all(endpoint["port"] in ports(workload) for workload in watched)


def test_by_default_nobody_reaches_anybody(manifests: Manifests) -> None:
    policy = manifests.one("NetworkPolicy", "default-deny")

    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def rules(manifests: Manifests, direction: str, peer: str) -> Iterator[tuple[Manifest, Manifest, int]]:
    """Each workload of a policy, each workload that it lets through, and the port."""
    for policy in manifests.of("NetworkPolicy"):
        own = manifests.selected(policy["spec"]["podSelector"])
        assert own, policy["metadata"]["name"]
        for rule in policy["spec"].get(direction, ()):
            for other in rule[peer]:
                if "podSelector" in other and "namespaceSelector" not in other:
                    found = manifests.selected(other["podSelector"])
                    assert found, policy["metadata"]["name"]
                    yield from ((one, two, each["port"]) for one in own for two in found for each in rule["ports"])


def test_network_policies_let_out_exactly_what_they_let_in(manifests: Manifests) -> None:
    def named(one: Manifest, two: Manifest, port: int) -> tuple[str, str, int]:
        return one["metadata"]["name"], two["metadata"]["name"], port

    ways_out = {named(one, two, port) for one, two, port in rules(manifests, "egress", "to")}
    ways_in = {named(two, one, port) for one, two, port in rules(manifests, "ingress", "from")}

    assert ways_out == ways_in
    assert {(one, two) for one, two, _ in ways_out if two in STAGES} == {("gateway", stage) for stage in STAGES}
    assert {one for one, two, _ in ways_out if two == "valkey"} == {"gateway"}
    for _, name, port in ways_out:
        (workload,) = (each for each in manifests.workloads() if each["metadata"]["name"] == name)
        assert port in ports(workload).values()


def test_every_other_port_of_a_policy_is_one_of_its_pods(manifests: Manifests) -> None:
    for policy in manifests.of("NetworkPolicy"):
        open_ports = {
            port for each in manifests.selected(policy["spec"]["podSelector"]) for port in ports(each).values()
        }
        for rule in policy["spec"].get("ingress", ()):
            assert {each["port"] for each in rule["ports"]} <= open_ports


def test_addresses_in_variables_and_releases_are_services_and_their_ports(manifests: Manifests) -> None:
    def check(text: str) -> None:
        for host, port in re.findall(r"(?://|@)([a-z-]+):(\d+)", text):
            service = manifests.one("Service", host)
            assert int(port) in {each["port"] for each in service["spec"]["ports"]}

    for workload, container in manifests.containers():
        for name, value in manifests.environment(workload, container).items():
            if name not in OTHERS:
                check(value)
    check(manifests.one("ConfigMap", "releases")["data"]["releases.yaml"])


def test_releases_and_routes_are_what_their_readers_take(manifests: Manifests, tmp_path: Path) -> None:
    (tmp_path / "releases.yaml").write_text(manifests.one("ConfigMap", "releases")["data"]["releases.yaml"])
    plan = Plan.read(tmp_path / "releases.yaml")

    assert plan.serve == "stable"
    assert read_routes(SOURCE / "base" / "routes.yaml").routes == ()
    assert (SOURCE / "base" / "routes.yaml").read_text() == (ROOT / "deploy" / "routes.yaml").read_text()


def test_variables_are_settings_and_their_values_fit(manifests: Manifests, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (prefix, settings) in SETTINGS.items():
        (found,) = (each for each in manifests.containers() if each[1]["name"] == name)
        for variable, value in manifests.environment(*found).items():
            if variable not in OTHERS:
                assert variable.removeprefix(prefix).lower() in settings.model_fields, f"{variable} of {name}"
                monkeypatch.setenv(variable, __file__ if value.startswith("/") else value)  # some files have to be here
        assert str(settings().port) in {str(port) for port in ports(found[0]).values()}


def test_stages_variables_are_of_torchserves_or_of_the_handlers(manifests: Manifests) -> None:
    (package,) = importlib.util.find_spec("ts").submodule_search_locations
    with zipfile.ZipFile(Path(package) / "frontend" / "model-server.jar") as jar:
        known = jar.read("org/pytorch/serve/util/ConfigManager.class")
    for workload, container in manifests.containers():
        if is_stage(workload):
            for variable in manifests.environment(workload, container):
                own = any(variable in file.read_text() for file in (ROOT / "services" / "cxr").glob("*.py"))
                assert variable in OTHERS or own or variable.encode() in known, variable


def volumes(workload: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    spec = workload["spec"]
    yield from ((each["name"], each) for each in spec["template"]["spec"].get("volumes", ()))
    yield from ((each["metadata"]["name"], each) for each in spec.get("volumeClaimTemplates", ()))


def test_what_is_mounted_is_there_and_a_change_of_it_is_seen(manifests: Manifests) -> None:
    for workload, container in manifests.containers():
        known = dict(volumes(workload))
        for mount in container["volumeMounts"]:
            assert mount["name"] in known
            assert "subPath" not in mount, "a file that is mounted alone never sees a change"
        for volume in known.values():
            if "configMap" in volume:
                assert manifests.one("ConfigMap", volume["configMap"]["name"])


def test_a_secret_that_is_not_for_everybody_is_of_a_group_that_its_pod_is_in(manifests: Manifests) -> None:
    """Kubelet gives its files to root, and to the group fsGroup where there is one."""
    for workload in manifests.workloads():
        secrets = [volume["secret"] for _, volume in volumes(workload) if "secret" in volume]
        if any(not each.get("defaultMode", 0o644) & 0o004 for each in secrets):
            assert workload["spec"]["template"]["spec"]["securityContext"]["fsGroup"] == 10001


def test_releases_reach_the_gateways_without_starting_them_again(manifests: Manifests) -> None:
    gateway = manifests.one("Deployment", "gateway")
    mounted = dict(volumes(gateway))["releases"]["configMap"]["name"]

    assert mounted == "releases", "a name with a hash would start new gateways instead"


def test_tls_is_spoken_wherever_it_is_expected() -> None:
    manifests = example()
    (issued,) = (each["spec"] for each in manifests.of("Certificate") if each["metadata"]["name"] == "stages")
    names = re.findall(r"dns:///([a-z-]+):", manifests.one("ConfigMap", "releases")["data"]["releases.yaml"])
    stages = {each["metadata"]["name"] for each in manifests.workloads() if is_stage(each)}

    assert {*names, *stages} <= set(issued["dnsNames"])
    assert issued["privateKey"]["encoding"] == "PKCS8"
    secrets = {each["spec"]["secretName"] for each in manifests.of("Certificate")}
    for workload, container in manifests.containers():
        used = {volume["secret"]["secretName"] for _, volume in volumes(workload) if "secret" in volume}
        assert used <= secrets | {"token", "dicom-clients", "disk-key"}
        assert used & secrets
        environment = manifests.environment(workload, container)
        plain = ("http://gateway", "http://scp", "redis://")
        assert not any(value.startswith(plain) for value in environment.values())
    listener = manifests.environment(*next(each for each in manifests.containers() if each[1]["name"] == "scp"))
    assert {"CXR_SCP_TLS_CERTIFICATE", "CXR_SCP_TLS_CLIENTS"} <= listener.keys()
    for monitor in manifests.of("PodMonitor"):
        if monitor["metadata"]["name"] != "stages":
            assert monitor["spec"]["podMetricsEndpoints"][0]["scheme"] == "https"


def test_a_label_selector_takes_what_it_says() -> None:
    chosen = {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "In", "values": ["2", "3"]}]}

    assert matches(chosen, {"a": "1", "b": "3", "c": "4"})
    assert not matches(chosen, {"a": "1", "b": "4"})
    assert not matches(chosen, {"b": "2"})


@pytest.mark.parametrize("variant", ["production", "next", "cpu"])
def test_productions_gateways_keep_their_audit_each_in_a_chain_of_its_own(variant: str) -> None:
    manifests = rendered(variant)
    gateway = manifests.one("Deployment", "gateway")
    (container,) = gateway["spec"]["template"]["spec"]["containers"]
    (mount,) = (each for each in container["volumeMounts"] if each["name"] == "audit")
    claim = manifests.one(
        "PersistentVolumeClaim", dict(volumes(gateway))["audit"]["persistentVolumeClaim"]["claimName"]
    )
    names = [each["name"] for each in container["env"]]
    told = {each["name"]: each for each in container["env"]}
    folder = told["CXR_AUDIT_FOLDER"]["value"]

    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert not mount.get("readOnly") and folder == f"{mount['mountPath']}/$(GATEWAY_POD)/rows"
    assert told["GATEWAY_POD"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    # Kubelet puts in the place of $(NAME) only what comes before it.
    assert names.index("GATEWAY_POD") < names.index("CXR_AUDIT_FOLDER")
