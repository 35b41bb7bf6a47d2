"""A plan that was found, as what starts it reads it: an env file, a kustomize Component; and a page for people."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.trials.bench import docs
from tests.trials.capacity.finder import SHARE, Found, Target, each
from vocabulary.stages import STAGES


def write(folder: Path, found: Found, target: Target) -> list[Path]:
    """plan.env, kustomization.yaml and report.md; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "plan.env": env(found, target),
        "kustomization.yaml": kustomization(found, target),
        "report.md": report(found, target),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]


def env(found: Found, target: Target) -> str:
    """For `make up PLAN=` and `docker compose --env-file`."""
    lines = [f'# Written by `make trial ARGS="capacity"` for {_said(target)}.']
    for stage in STAGES:
        servers = found.layout.stages[stage]
        sizes = {"REPLICAS": servers.replicas, "WORKERS": each(servers), "THREADS": servers.threads}
        lines += [f"CXR_{stage.upper()}_{name}={value}" for name, value in sizes.items()]
    if found.layout.gateways > 1:
        lines.append(f"# One gateway is not enough: {found.layout.gateways} are wanted, behind a load balancer.")
    return "\n".join(lines) + "\n"


def kustomization(found: Found, target: Target) -> str:
    """For deploy/kubernetes/plan. There a worker is a replica: a pod is what is scheduled, probed and scaled."""
    counts = {stage: found.layout.stages[stage].workers for stage in STAGES} | {"gateway": found.layout.gateways}
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "replicas": [{"name": name, "count": count} for name, count in counts.items()],
    }
    if found.threads > 1:  # a stage takes its threads from the processors that it asks for
        component["patches"] = [_processors(stage, found.layout.stages[stage].threads) for stage in STAGES]
    return f'# Written by `make trial ARGS="capacity"` for {_said(target)}.\n' + yaml.safe_dump(
        component, sort_keys=False
    )


def _processors(stage: str, threads: int) -> dict[str, object]:
    container = {
        "name": "torchserve",
        "resources": {"requests": {"cpu": str(threads)}, "limits": {"cpu": str(threads + 1)}},
    }
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": stage},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    return {"patch": yaml.safe_dump(patch, sort_keys=False)}


def report(found: Found, target: Target) -> str:
    """For people."""
    used = found.outcome.utilisation
    predicted = f"{1000 * found.outcome.quantile_s(SHARE):.0f} ms"
    lines = [
        f"# A plan for {_said(target)}",
        f"Predicted: p95 {predicted}, {found.memory_mb:.0f} MB of memory without listener and reading room.",
        docs.table(["process", "replicas", "workers each", "threads"], list(_rows(found))),
        docs.table(["busy, without the spare ones", "share"], [[name, f"{share:.0%}"] for name, share in used.items()]),
    ]
    return "\n\n".join(lines) + "\n"


def _rows(found: Found) -> Iterator[list[object]]:
    for stage in STAGES:
        servers = found.layout.stages[stage]
        yield [stage, servers.replicas, each(servers), servers.threads]
    yield ["gateway", found.layout.gateways, "", ""]


def _said(target: Target) -> str:
    spare = f", {target.spare} of each to spare" if target.spare else ""
    return f"{target.per_s:g} films/s, p95 {1000 * target.p95_s:g} ms, {target.cores} cores{spare}"
