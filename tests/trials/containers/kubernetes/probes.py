"""What kubelet asks a container, as its manifest says: at its start, whether it is ready, whether it lives."""

import socket
import time
from typing import Any

import httpx

from tests.trials.containers.engine import Engine
from tests.trials.containers.kubernetes.pods import Pod

KINDS = ("startupProbe", "readinessProbe", "livenessProbe")
TIMEOUT_S, PERIOD_S, FAILURES = 1, 10, 3
"""Kubernetes' own, where a manifest says nothing."""


def passed(engine: Engine, pod: Pod) -> str:
    """Ask all of them in turn; why it would be restarted or get no calls, or nothing."""
    for kind in KINDS:
        probe = pod.spec.get(kind)
        if probe and not _comes_to_pass(engine, pod, probe):
            return f"{pod.name}: {kind} fails: {engine.tried('logs', '--tail', '5', pod.name)[1].strip()}"
    return ""


def address(engine: Engine, pod: Pod) -> str:
    """In the network of the pods."""
    found: str = engine.inspected(pod.name)["NetworkSettings"]["Networks"][pod.network]["IPAddress"]
    return found


def _comes_to_pass(engine: Engine, pod: Pod, probe: dict[str, Any]) -> bool:
    for _ in range(probe.get("failureThreshold", FAILURES)):
        if _passes(engine, pod, probe, probe.get("timeoutSeconds", TIMEOUT_S)):
            return True
        time.sleep(probe.get("periodSeconds", PERIOD_S))
    return False


def _passes(engine: Engine, pod: Pod, probe: dict[str, Any], timeout_s: float) -> bool:
    if "exec" in probe:
        return engine.tried("exec", pod.name, *probe["exec"]["command"], timeout_s=timeout_s)[0]
    asked = probe.get("httpGet") or probe["tcpSocket"]
    host, port = address(engine, pod), pod.ports.get(asked["port"], asked["port"])
    try:
        if "tcpSocket" in probe:
            socket.create_connection((host, port), timeout_s).close()
            return True
        answer = httpx.get(f"http://{host}:{port}{asked['path']}", timeout=timeout_s)
    except (OSError, httpx.HTTPError):
        return False
    return answer.status_code < httpx.codes.BAD_REQUEST
