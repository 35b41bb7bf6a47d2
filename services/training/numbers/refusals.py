"""What a gauge refuses of the test split: its own films seldom, everything else, and what it did not learn to."""

from collections.abc import Iterator
from typing import Any

from cxr import runtime
from cxr.gauge import Gauge
from cxr.number import in_distribution
from training.figures import Figure, share
from training.numbers import gate
from training.numbers.asking import gates
from training.numbers.export import Material, sights
from training.numbers.figures import Tested

FEWEST = 10
"""Images of a kind in the test split from which its own figure is told."""


def figures(
    material: Material, tested: Tested, gauge: Gauge, network: runtime.Network, config: dict[str, Any]
) -> list[Figure]:
    """As served, and with a gate that learned without the kind it is judged on."""
    return [*_accepted(material, tested, network, config), *_refused(material, network, config), *_new(material, gauge)]


def _accepted(material: Material, tested: Tested, network: runtime.Network, config: dict[str, Any]) -> Iterator[Figure]:
    mix, accepted = config["gate"], f"accepted as a {material.problem.film}"
    for name, said in {"all": tested.said, **tested.turned}.items():
        yield share(accepted, name, in_distribution(said.gate, mix) >= mix["threshold"])
    if len(material.akin.kinds):
        seen = in_distribution(gates(network, material.akin.pixels), mix)
        yield share(accepted, f"{', '.join(material.problem.akin)}: of another source", seen >= mix["threshold"])


def _refused(material: Material, network: runtime.Network, config: dict[str, Any]) -> Iterator[Figure]:
    mix, film, others = config["gate"], material.problem.film, material.strangers
    tested = others.part(others.splits == "test")
    refused = in_distribution(gates(network, tested.pixels), mix) < mix["threshold"]
    yield share(f"refused as no {film}", "everything else", refused)
    for kind in sorted(set(tested.kinds)):
        if (part := tested.kinds == kind).sum() >= FEWEST:
            yield share(f"refused as no {film}", kind, refused[part])


def _new(material: Material, gauge: Gauge) -> Iterator[Figure]:
    """Each kind as something new: neither head nor threshold had any of it."""
    own, others = sights(gauge, material)
    whole = gate.fit_gate(own, others)
    for kind in sorted(set(others.kinds)):
        judged = others.features[(others.kinds == kind) & (others.splits == "test")]
        if len(judged) < FEWEST:
            continue
        rest = others.without(kind)
        fitted = gate.fit_gate(own, rest, axes_of=whole)
        mix = gate.calibrate(gate.judged(fitted, own.of("val")), gate.judged(fitted, rest.of("val")))
        refused = in_distribution(gate.judged(fitted, judged), mix) < mix["threshold"]
        yield share(f"refused as no {material.problem.film}", f"{kind}, where the gate learned from none", refused)
