"""What a label may weigh by how sure its reader is."""

from vocabulary.sureness import SURENESS, UNSTATED, weight


def test_who_is_surer_weighs_more_and_nobody_more_than_one() -> None:
    weights = [weight(each) for each in SURENESS]
    assert weights == sorted(weights) and weights[-1] == 1


def test_a_label_without_a_word_of_sureness_has_a_weight_too() -> None:
    assert weight(None) == weight("") == UNSTATED
