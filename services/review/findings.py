"""Findings that a hospital trained its models for, beside those that every reader knows."""

from collections.abc import Mapping
from typing import Any

from vocabulary.conditions import FINDINGS
from vocabulary.findings import NAME, Declared, FindingError, condition_of, declared


def known_findings(reported: Mapping[str, float] | None) -> set[str]:
    """What a reader may have named: what every reader knows, and what the models reported."""
    return {*FINDINGS, *own_findings({"findings": reported})}


def own_findings(answer: Mapping[str, Any]) -> dict[str, str]:
    """Finding to what people call it, of those of the models' answer that are the hospital's own.

    Args:
        answer: the gateway's JSON; a newer one's names may be such that no reader can say them.
    """
    said = declared_in(answer)
    names = [name for name in answer.get("findings") or {} if name not in FINDINGS and NAME.fullmatch(name)]
    return {name: condition_of(name, said).label for name in names}


def declared_in(answer: Mapping[str, Any]) -> dict[str, Declared]:
    """What findings of the hospital's own are called, as an answer declares it; without what we do not understand."""
    said = {}
    for name, each in (answer.get("declared") or {}).items():
        try:
            if NAME.fullmatch(name):
                said[name] = declared(name, **each)
        except (FindingError, TypeError):  # a newer gateway may have other schemes and fields
            continue
    return said
