"""What is taken to be true of a film when the model and a reader are judged: what others said blind."""

import pandas as pd

from review.insight.estimates import MIN_OF_CLASS
from review.languages.texts import gettext, gettext_noop

AGAIN = {
    True: gettext_noop(
        "too few to say: of %(read)s blind films whose first reader agreed with the models, %(twice)s were read blind "
        "again; the rest would be judged by a choice that is no chance"
    ),
    False: gettext_noop(
        "too few to say: of %(read)s blind films whose first reader disagreed with the models, %(twice)s were read "
        "blind again; the rest would be judged by a choice that is no chance"
    ),
}
"""Whether the first reader agreed, to why nothing is said."""


def against_settled(blind: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Readings with what readers have settled on, where that rests on blind readings alone: two that say the same, or
    a chief's last word. The chief's own reading is not judged by itself.

    Returns:
        The readings, with the columns reference and weight; and why they must not be used, if so.
    """
    same = blind[blind["label"] == blind["settled"]]
    alike = same.groupby("film")["reader"].nunique()
    decided = set(alike[alike >= 2].index) | set(same.loc[same["arbitration"], "film"])
    chosen = blind[blind["film"].isin(decided)]
    weighed, why = _weighed(blind, chosen.assign(reference=chosen["settled"]))
    return weighed[weighed["asked"] & ~weighed["arbitration"]], why


def against_another(blind: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Readings with the blind label of another reader: the first of the others on that film. Returns as above."""
    ordered = blind.sort_values("number")
    place = ordered.groupby("film").cumcount()
    first, second = (ordered[place == at].set_index("film")["label"] for at in (0, 1))
    other = ordered["film"].map(first).where(place > 0, ordered["film"].map(second))
    pairs = ordered.assign(reference=other)
    weighed, why = _weighed(blind, pairs[pairs["reference"].notna()])
    return weighed[weighed["asked"]], why


def _weighed(blind: pd.DataFrame, chosen: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Films stand for all that were read blind, although a second reader mostly gets those that were disagreed about.

    Source:
        Begg and Greenes 1983: among films whose first reader agreed with the model, and among the others, it is taken
        to be chance which are read again; each of these counts for as many as were not.
    """
    ordered = blind.sort_values("number")
    first = ordered.drop_duplicates("film").set_index("film")
    agreed, again = first["label"] == first["predicted"], ordered.groupby("film").size() > 1
    chosen = chosen.assign(weight=1.0)
    for kind, why in AGAIN.items():
        read, twice = int((agreed == kind).sum()), int((again & (agreed == kind)).sum())
        if twice < MIN_OF_CLASS <= read:
            return chosen, gettext(why, read=read, twice=twice)
        chosen.loc[chosen["film"].map(agreed) == kind, "weight"] = read / max(1, twice)
    return chosen, ""
