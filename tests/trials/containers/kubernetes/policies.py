"""NetworkPolicies as firewall rules of the engine, and which ways between pods are open then."""

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests import peers
from tests.trials.containers.engine import Engine
from tests.trials.containers.kubernetes.pods import Pod
from tests.trials.containers.kubernetes.probes import address
from tests.trials.containers.parts import ran
from tests.unit.deploy.manifests import Manifests, matches

CHAIN = "CXR-POLICIES"
BEFORE_DOCKERS = "DOCKER-USER"
"""Docker's chain for rules that come before its own."""

KNOCK_S = 2.0
KNOCKING = f"""\
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def is_open(target):
    try:
        socket.create_connection(tuple(target), {KNOCK_S}).close()
        return True
    except OSError:
        return False
targets = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(list(pool.map(is_open, targets))))
"""
"""Which of some addresses take a connection; run in a pod's network, with the Python of whoever tries."""


@dataclass(frozen=True, order=True)
class Way:
    """From one workload to a port of another."""

    source: str
    target: str
    port: int

    def __str__(self) -> str:
        return f"{self.source} > {self.target}:{self.port}"


def enforce(engine: Engine, manifests: Manifests, pods: Sequence[Pod]) -> None:
    """Close all ways between these pods but those that both ends' policies allow; again when pods have changed."""
    addresses = {pod.name: address(engine, pod) for pod in pods}
    subnet = engine.inspected(pods[0].network)["IPAM"]["Config"][0]["Subnet"]
    if CHAIN in ran([peers.path("iptables"), "-w", "-S"]):
        _iptables("-F", CHAIN)
    else:
        _iptables("-N", CHAIN)
        _iptables("-I", BEFORE_DOCKERS, "-j", CHAIN)
    _iptables("-A", CHAIN, "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT")
    for source, target, port in allowed(manifests, pods):
        ends = ("-s", addresses[source.name], "-d", addresses[target.name])
        _iptables("-A", CHAIN, *ends, "-p", "tcp", "--dport", str(port), "-j", "ACCEPT")
    for side in ("-s", "-d"):
        _iptables("-A", CHAIN, side, subnet, "-j", "DROP")


def allowed(manifests: Manifests, pods: Sequence[Pod]) -> Iterator[tuple[Pod, Pod, int]]:
    """From whom to which port of whom the policies of both ends let a connection."""
    for source in pods:
        for target in pods:
            out = _ports(manifests, source, target, target, "Egress")
            into = _ports(manifests, target, source, target, "Ingress")
            yield from ((source, target, port) for port in out & into)


def open_ways(engine: Engine, pods: Sequence[Pod]) -> set[Way]:
    """Every pod tries every port of every other."""
    with ThreadPoolExecutor(len(pods)) as pool:
        return {way for ways in pool.map(lambda pod: _tried(engine, pod, pods), pods) for way in ways}


def _tried(engine: Engine, source: Pod, pods: Sequence[Pod]) -> list[Way]:
    targets = [(pod, port) for pod in pods if pod.workload is not source.workload for port in pod.ports.values()]
    addresses = json.dumps([(address(engine, pod), port) for pod, port in targets])
    process = str(engine.inspected(source.name)["State"]["Pid"])
    opened = json.loads(ran(["nsenter", "--net", "--target", process, sys.executable, "-c", KNOCKING, addresses]))
    return [
        Way(source.workload["metadata"]["name"], pod.workload["metadata"]["name"], port)
        for (pod, port), is_open in zip(targets, opened, strict=True)
        if is_open
    ]


def _ports(manifests: Manifests, own: Pod, other: Pod, target: Pod, side: str) -> set[int]:
    """The target's ports that the policies of one end allow."""
    every = set(target.ports.values())
    policies = [each["spec"] for each in manifests.of("NetworkPolicy")]
    own_policies = [
        each for each in policies if side in each["policyTypes"] and matches(each["podSelector"], own.labels)
    ]
    if not own_policies:
        return every
    found: set[int] = set()
    for rule in (rule for each in own_policies for rule in each.get(side.lower(), ())):
        if _takes(rule.get("from" if side == "Ingress" else "to"), other):
            named = {target.ports.get(each["port"], each["port"]) for each in rule.get("ports", ()) if "port" in each}
            found |= (named & every) if "ports" in rule else every
    return found


def _takes(peers_of_rule: list[dict[str, Any]] | None, pod: Pod) -> bool:
    """Whether a rule is about a pod of the same namespace."""
    if peers_of_rule is None:
        return True
    own = [each for each in peers_of_rule if "podSelector" in each and "namespaceSelector" not in each]
    return any(matches(each["podSelector"], pod.labels) for each in own)


def _iptables(*words: str) -> None:
    ran([peers.path("iptables"), "-w", *words])
