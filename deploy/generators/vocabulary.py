"""vocabulary.ts: what the reading room's pages call things."""

import json
from pathlib import Path
from typing import Any

from local.places import ROOT
from vocabulary.conditions import CLASSES, CONDITIONS, LABELS
from vocabulary.refusals import QUALITIES, REFUSALS
from vocabulary.stages import STAGES

MODULE = ROOT / "services" / "review" / "web" / "src" / "vocabulary.ts"

TEXT = """/** What things are called. Written by `make generated` from services/vocabulary. */

export type ClassName = {classes};
export type Label = {labels};
export type Quality = {qualities};

/** Name to what people call it. */
export const NAMES: Readonly<Record<string, string>> = {names};

/** The same where there is little room. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {short};

/** In the order in which people and keys have them. */
export const ORDER: readonly string[] = {order};

/** What the discriminator gives a probability of. */
export const QUALITIES: readonly Quality[] = {quality_names};

/** Reason of a refusal to the probability that was too low, if one was, and to what the doctor can look at. */
export const REFUSALS: Readonly<Record<string, {{ quality: Quality | null; look: string }}>> = {refusals};

/** What a probability of the discriminator is of: "Probability that it is ...". */
export const SOUGHT: Readonly<Record<Quality, string>> = {sought};
"""


def contents() -> dict[Path, str]:
    """The module."""
    names = {name: each.label for name, each in CONDITIONS.items()}
    names |= {reason: each.label for reason, each in REFUSALS.items()}
    names |= {name: each.label for name, each in QUALITIES.items()}
    text = TEXT.format(
        classes=_union(CLASSES),
        labels=_union(LABELS),
        qualities=_union(QUALITIES),
        names=_literal(names),
        short=_literal({name: each.short for name, each in CONDITIONS.items() if each.short}),
        order=_literal([*CLASSES, *QUALITIES, *STAGES]),
        quality_names=_literal(list(QUALITIES)),
        refusals=_literal({reason: {"quality": each.quality, "look": each.look} for reason, each in REFUSALS.items()}),
        sought=_literal({name: each.sought for name, each in QUALITIES.items()}),
    )
    return {MODULE: text}


def _union(names: Any) -> str:
    return " | ".join(map(json.dumps, names))


def _literal(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
