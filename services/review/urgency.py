"""How urgent a film is: how probably it is abnormal, weighted by how soon somebody has to know."""

from collections.abc import Mapping

from vocabulary.conditions import CLASSES

ABNORMAL = 0.8
"""Of 1 - P(no pathology): whatever it is, it waits for a reader. Findings that cannot wait weigh more."""

WEIGHTS: Mapping[str, float] = {
    "Pneumothorax": 1.0,
    "interstitial_pneumonia": 0.9,
    "Consolidation": 0.9,
    "Edema": 0.9,
    "Effusion": 0.9,
    "Pneumonia": 0.9,
    "Tuberculosis": 0.9,
}
"""Class or finding to what its probability counts for. Source: Larson et al. 2014 (the American College of Radiology's
Actionable Reporting Work Group) sort findings into those to be told within minutes, hours and days: here 1, 0.9, and
ABNORMAL for any other. Which finding is in which group, and that a group counts 0.1 less, is a judgement: no
measurement. With it a probable pneumothorax comes before a nodule that is certain."""

WAITED = 0.5
"""What a film counts for that has waited too long: more probably abnormal films still come before it."""

_NORMAL = CLASSES[-1]


def urgency(classes: Mapping[str, float] | None, findings: Mapping[str, float] | None) -> float:
    """0 to 1; 0 where the models said nothing.

    Args:
        classes: class to calibrated probability; a newer gateway's may be others.
        findings: finding to probability.
    """
    if not classes:
        return 0.0
    told = dict(findings or {}) | dict(classes)
    weighted = [weight * told[name] for name, weight in WEIGHTS.items() if name in told]
    return max([ABNORMAL * abnormal(classes), *weighted])


def abnormal(classes: Mapping[str, float]) -> float:
    """The probability of any pathology, 0 to 1; 0 from models that know no class for none."""
    return 1.0 - classes[_NORMAL] if _NORMAL in classes else 0.0
