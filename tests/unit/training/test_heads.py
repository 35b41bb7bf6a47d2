"""The discriminator's heads and distances."""

import numpy as np
import torch

from cxr.gate import DISCRIMINATOR_OUTPUTS
from tests.unit.training.sighted import examples
from training.heads import fit_opinion, head_loss, logits

CHEST, NEAR = DISCRIMINATOR_OUTPUTS.index("chest"), DISCRIMINATOR_OUTPUTS.index("near_known")
SHOWN = examples({0: 0.0, 1: 3.0}, {0})
FILMS = (SHOWN.about["row"] == 0).to_numpy()


def test_heads_tell_chest_films_from_what_they_were_shown() -> None:
    found = logits(fit_opinion(SHOWN), SHOWN)

    assert found[FILMS, CHEST].mean() > found[~FILMS, CHEST].mean()


def test_distances_do_not_depend_on_what_is_no_chest_film() -> None:
    found, alone = (logits(fit_opinion(shown), SHOWN) for shown in (SHOWN, SHOWN.where(FILMS)))

    assert np.array_equal(found[:, NEAR], alone[:, NEAR])
    assert found[FILMS, NEAR].min() > np.median(found[~FILMS, NEAR])


def test_same_examples_give_the_same_heads() -> None:
    assert np.array_equal(logits(fit_opinion(SHOWN), SHOWN), logits(fit_opinion(SHOWN), SHOWN))


def test_a_body_that_is_left_out_weighs_nothing() -> None:
    opinion = fit_opinion(SHOWN, ("known",))

    width = SHOWN.seen.shape[1]
    assert not opinion.heads[0].weight[:, :width].any() and opinion.heads[0].weight[:, width:].any()


def test_what_an_example_does_not_tell_costs_nothing() -> None:
    other = torch.tensor([[0.0, -1, -1, 0, 0, 0, 0]])
    sure = torch.tensor([[-50.0, 0, 0, 0, 0, 0, 0]])

    assert head_loss(sure, other) < 1e-6
    assert head_loss(sure + torch.tensor([[0.0, 9, 9, 9, 0, 0, 0]]), other) < 1e-6


def test_either_of_two_possible_turns_is_right() -> None:
    either = torch.tensor([[1.0, 1, 1, 0, 1, 0, 1]])

    assert head_loss(torch.tensor([[50.0, 50, 50, 0, 50, 0, 0]]), either) < 1e-6
    assert head_loss(torch.tensor([[50.0, 50, 50, 50, 0, 0, 0]]), either) > 1
