import numpy as np
import pandas as pd
import pytest

from review.insight import combination, references
from review.insight.readings import Asked, read
from tests.unit.review.site import found, simulate
from vocabulary.conditions import CLASSES


def blind_of(folder, films=700, **simulated):
    site = found(folder)
    simulate(site, films, **simulated)
    with site.session() as session:
        return read(session, Asked()).blind


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """Two readers and a model that err on their own."""
    return blind_of(tmp_path_factory.mktemp("site"), blind_share=0.9, reader_right=0.8)


def of(judged, who):
    return next(each for each in judged if each.who == who)


def test_both_together_are_better_than_either_where_they_err_on_their_own(blind):
    result = combination.combine(*references.against_another(blind))

    assert result.why == "" and result.n > 900
    assert [gain.accuracy.sign for gain in result.gains] == [1, 1]
    assert [gain.area.sign for gain in result.gains] == [1, 1]
    both, model = of(result.judged, "both together"), of(result.judged, "model alone")
    gain = of(result.gains, "more than model alone").accuracy
    assert gain.value == pytest.approx(both.accuracy.value - model.accuracy.value, abs=1e-6)


def test_model_that_knows_nothing_adds_nothing(tmp_path):
    result = combination.combine(*references.against_another(blind_of(tmp_path, blind_share=0.9, model_weight=0.0)))

    assert of(result.gains, "more than reader alone").accuracy.sign == 0
    assert of(result.judged, "model alone").area.low < 0.5 < of(result.judged, "model alone").area.high


def test_regression_never_learns_from_the_patient_it_judges():
    # Features name the patient, labels are chance: whoever has seen the patient would be right.
    random = np.random.default_rng(0)
    patients = np.repeat(np.arange(60), 5)
    truth = random.integers(0, 3, 60)[patients]
    features = np.eye(60)[patients]

    together = combination._cross_validated(features, truth, np.ones(300), patients)

    assert together.sum(axis=1) == pytest.approx(np.ones(300))
    assert (together.argmax(axis=1) == truth).mean() < 0.5


def test_few_readings_or_a_rare_class_are_too_few_to_say(blind):
    pairs, _ = references.against_another(blind)
    few = combination.combine(pairs[:19])
    rare = combination.combine(pairs[pairs["reference"] != CLASSES[0]])

    assert few.judged == [] and few.why.startswith("too few to say: 19 readings")
    assert rare.judged == [] and "0 of interstitial pneumonia" in rare.why


def test_reference_that_is_no_chest_film_is_left_out_and_counted(blind):
    pairs, _ = references.against_another(blind)
    changed = pairs.assign(reference=pairs["reference"].where(np.arange(len(pairs)) >= 7, "not_a_chest_film"))

    result = combination.combine(changed)

    assert (result.n, result.left_out) == (len(pairs) - 7, 7)


def verified(blind, share, seed=2):
    """What the second reader has said stays only of films that were disagreed about, and of some of the others."""
    chance = np.random.default_rng(seed)
    first = blind.drop_duplicates("film")
    agreed = first.loc[first["label"] == first["predicted"], "film"]
    dropped = agreed[chance.random(len(agreed)) > share]
    return blind[blind["first"] | ~blind["film"].isin(dropped)]


def test_second_reads_of_mostly_disagreed_films_do_not_make_the_model_look_worse(blind):
    all_read = combination.combine(*references.against_another(blind))
    chosen = verified(blind, 0.25)
    pairs, why = references.against_another(chosen)
    weighted, plain = combination.combine(pairs, why), combination.combine(pairs.assign(weight=1.0))

    truth = of(all_read.judged, "model alone").accuracy.value
    assert of(plain.judged, "model alone").accuracy.high < truth - 0.05
    assert of(weighted.judged, "model alone").accuracy.value == pytest.approx(truth, abs=0.03)


def test_films_that_are_never_read_twice_when_the_first_reader_agrees_cannot_be_judged(blind):
    result = combination.combine(*references.against_another(verified(blind, 0.0)))

    assert result.judged == [] and "first reader agreed" in result.why and "0 were read blind again" in result.why


def rows(*given):
    """film, reader, label, settled, arbitration."""
    names = ["film", "reader", "label", "settled", "arbitration"]
    table = pd.DataFrame(given, columns=names).reset_index(names="number")
    return table.assign(asked=True, predicted="no_pathology", patient=table["film"])


def test_settled_counts_only_where_blind_readings_settled_it():
    two_blind = [
        ("A", "ada", "no_pathology", "no_pathology", False),
        ("A", "bob", "no_pathology", "no_pathology", False),
    ]
    one_blind = [("B", "ada", "no_pathology", "no_pathology", False)]
    unsettled = [("C", "ada", "no_pathology", None, False), ("C", "bob", "other_pathology", None, False)]
    by_a_chief = [
        ("D", "ada", "no_pathology", "other_pathology", False),
        ("D", "bob", "other_pathology", "other_pathology", False),
        ("D", "chief", "other_pathology", "other_pathology", True),
    ]

    pairs, _ = references.against_settled(rows(*two_blind, *one_blind, *unsettled, *by_a_chief))

    judged = list(zip(pairs["film"], pairs["reader"], pairs["reference"], strict=True))
    assert judged == [
        ("A", "ada", "no_pathology"),
        ("A", "bob", "no_pathology"),
        ("D", "ada", "other_pathology"),
        ("D", "bob", "other_pathology"),
    ]


def test_nobody_is_compared_with_themselves():
    given = [("A", who, label, None, False) for who, label in (("ada", "no_pathology"), ("bob", "other_pathology"))]

    pairs, _ = references.against_another(rows(*given, ("B", "ada", "no_pathology", None, False)))

    assert list(zip(pairs["reader"], pairs["label"], pairs["reference"], strict=True)) == [
        ("ada", "no_pathology", "other_pathology"),
        ("bob", "other_pathology", "no_pathology"),
    ]
