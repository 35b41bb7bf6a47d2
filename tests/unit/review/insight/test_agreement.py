import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from review.insight import agreement, durations, refusals
from vocabulary.conditions import CLASSES, LABELS


def readings(said, predicted, films=None, readers=None, weeks=None):
    count = len(said)
    films = films if films is not None else [f"F{each}" for each in range(count)]
    return pd.DataFrame(
        {
            "film": films,
            "patient": films,
            "reader": readers if readers is not None else ["A"] * count,
            "label": said,
            "predicted": predicted,
            "week": pd.to_datetime(weeks if weeks is not None else ["2026-03-02"] * count),
            "seconds": np.arange(1.0, count + 1),
        }
    )


def drawn(count, seed=0, right=0.7):
    random = np.random.default_rng(seed)
    predicted = random.integers(0, 3, count)
    said = np.where(random.random(count) < right, predicted, random.integers(0, 4, count))
    return [LABELS[each] for each in said], [CLASSES[each] for each in predicted]


def test_confusion_counts_and_kappa_are_those_of_scikit_learn():
    said, predicted = drawn(300)

    found = agreement.confusion(readings(said, predicted))

    for row, label in enumerate(LABELS):
        for column, name in enumerate(CLASSES):
            both = sum(one == label and other == name for one, other in zip(said, predicted, strict=True))
            assert found.counts[row, column] == both
    assert found.kappa.value == pytest.approx(cohen_kappa_score(said, predicted))
    assert found.kappa.low < found.kappa.value < found.kappa.high
    assert found.agreement.value == np.mean(np.array(said) == np.array(predicted))


def test_kappa_of_readings_that_all_say_the_same_is_not_defined():
    found = agreement.confusion(readings(["no_pathology"] * 40, ["no_pathology"] * 40))

    assert found.kappa.value is None and "not defined" in str(found.kappa)
    assert found.agreement.value == 1 and found.agreement.low < 0.95


def test_nothing_is_said_of_few_readings():
    found = agreement.confusion(readings(*drawn(19)))

    assert found.kappa.value is None and found.agreement.value is None and found.counts.sum() == 19


def test_weeks_with_few_readings_are_joined_with_those_after():
    weeks = ["2026-03-02"] * 12 + ["2026-03-09"] * 9 + ["2026-03-16"] * 30 + ["2026-03-23"] * 3
    found = agreement.over_time(readings(*drawn(54, right=1), weeks=weeks))

    assert [(span.text, told.n) for span, told in found] == [
        ("2026-03-02 to 2026-03-15", 21),
        ("2026-03-16 to 2026-03-22", 30),
        ("2026-03-23 to 2026-03-29", 3),
    ]
    assert found[0][1].value == 1 and found[2][1].value is None


def test_alpha_is_that_of_the_matrix_of_coincidences():
    # Krippendorff 2011, C, step by step: every pair of values in a unit, weighed by the unit's number of values.
    random = np.random.default_rng(5)
    rows = [
        (f"F{film}", f"R{reader}", LABELS[random.integers(0, 4) if random.random() < 0.3 else film % 4])
        for film in range(60)
        for reader in range(random.integers(1, 5))
    ]
    table = pd.DataFrame(rows, columns=["film", "reader", "label"]).assign(patient=lambda each: each["film"])

    found = agreement.alpha(table)

    coincidences = np.zeros((4, 4))
    for _, group in table.groupby("film"):
        values = [LABELS.index(each) for each in group["label"]]
        for one, first in enumerate(values):
            for other, second in enumerate(values):
                if one != other:
                    coincidences[first, second] += 1 / (len(values) - 1)
    by_value, total = coincidences.sum(axis=1), coincidences.sum()
    expected = 1 - (total - 1) * (total - np.trace(coincidences)) / (total**2 - (by_value**2).sum())
    assert found.value == pytest.approx(expected)
    assert found.n == sum(len(group) > 1 for _, group in table.groupby("film"))


def test_pairs_are_of_films_that_both_have_read():
    said, predicted = drawn(60, right=1)
    both = pd.concat(
        [
            readings(said, predicted, readers=["A"] * 60),
            readings(said[:40], predicted[:40], readers=["B"] * 40),
            readings(said[:5], predicted[:5], readers=["C"] * 5),
        ]
    )

    found = agreement.pairs(both)

    assert [(one, other, told.n) for one, other, told, _ in found] == [("A", "B", 40), ("A", "C", 5), ("B", "C", 5)]
    assert found[0][3].value == 1 and found[1][3].value is None
    assert [each[:2] for each in agreement.pairs(both, "C")] == [("A", "C"), ("B", "C")]


def test_median_time_has_an_interval_between_order_statistics():
    found = durations.duration(readings(*drawn(100)))

    # Conover's table for n = 100: the 40th and the 61st.
    assert (found.median.value, found.median.low, found.median.high) == (50.5, 40, 61)
    assert found.quartiles == (25.75, 75.25)


def test_time_that_was_not_measured_does_not_count():
    table = readings(*drawn(25)).assign(seconds=[0.0] * 10 + [5.0] * 15)

    assert durations.duration(table).median.n == 15 and durations.duration(table).quartiles is None


def test_refusals_are_counted_by_reason_and_scanner():
    films = pd.DataFrame(
        {
            "film": [f"F{each}" for each in range(100)],
            "scanner": ["Old"] * 40 + ["New"] * 59 + [""],
            "refusal": ["rotated"] * 25 + ["inverted"] * 5 + [None] * 70,
            "verdict": ["wrong"] * 5 + ["right"] * 15 + [None] * 80,
        }
    )

    rotated, inverted = refusals.by_reason(films)
    new, old, unknown = refusals.by_scanner(films)

    assert (rotated.refused, rotated.wrong.n, rotated.wrong.value) == (25, 20, 0.25)
    assert (inverted.refused, inverted.wrong.value) == (5, None)
    assert (old.name, old.films, old.refused, old.share.value) == ("Old", 40, 30, 0.75)
    assert (new.name, new.refused, new.share.value) == ("New", 0, 0.0)
    assert (unknown.name, unknown.share.value) == ("not stated", None)


def test_rare_scanners_are_told_together():
    films = pd.DataFrame(
        {"film": range(40), "scanner": [f"S{each:02}" for each in range(40)], "refusal": None, "verdict": None}
    )

    assert refusals.by_scanner(films)[-1].name == "28 others"


def test_alpha_of_krippendorffs_own_example():
    # Krippendorff 2011, B: two observers, ten units, two values; alpha is 0.095. Here ten times over, for enough units;
    # the correction for few values makes 0.05 of it: 1 - (200 - 1) * 0.4 * 200 / (200**2 - 140**2 - 60**2).
    one, other = "0100000010", "1110010000"
    rows = [
        (f"F{repeat} {unit}", reader, LABELS[int(value)])
        for repeat in range(10)
        for reader, values in (("A", one), ("B", other))
        for unit, value in enumerate(values)
    ]
    table = pd.DataFrame(rows, columns=["film", "reader", "label"]).assign(patient=lambda each: each["film"])

    assert agreement.alpha(table).value == pytest.approx(1 - 199 * 80 / (200**2 - 140**2 - 60**2))
