"""The discriminator's network, and its distances."""

import numpy as np
import torch

from cxr.critic import Nearness, Scale
from cxr.gate import DISCRIMINATOR_OUTPUTS
from cxr.networks import Discriminator


def near() -> Nearness:
    """Two known poses, at 0 and at 10 along the first of two axes."""
    measured = Nearness(inputs=3, axes=2, poses=2)
    measured.whiten.copy_(torch.eye(2, 3))
    measured.centres.copy_(torch.tensor([[0.0, 0.0], [10.0, 0.0]]))
    return measured


def test_discriminator_answers_a_logit_for_every_name():
    pixels = torch.randint(0, 256, (2, 1, 64, 64), dtype=torch.uint8)

    with torch.inference_mode():
        logits = Discriminator().eval()(pixels)

    assert logits.shape == (2, len(DISCRIMINATOR_OUTPUTS))


def test_discriminator_does_not_see_how_bright_a_film_is():
    pixels = torch.randint(50, 100, (1, 1, 64, 64), dtype=torch.uint8)
    network = Discriminator().eval()

    with torch.inference_mode():
        assert torch.allclose(network(pixels), network(pixels + 100), atol=1e-3)


def test_nearest_pose_counts():
    features = torch.tensor([[1.0, 1.0, 0.0], [9.0, 1.0, 0.0], [5.0, 1.0, 0.0]])

    first, second, between = near()(features)[:, 0].tolist()

    assert np.isclose(first, second) and between < first


def test_what_no_axis_measures_does_not_count():
    assert torch.equal(near()(torch.tensor([[1.0, 1.0, 0.0]])), near()(torch.tensor([[1.0, 1.0, 99.0]])))


def test_a_known_film_itself_is_finitely_near():
    assert torch.isfinite(near()(torch.zeros(1, 3))).all()


def test_no_feature_is_further_than_ten_deviations():
    assert Scale(1)(torch.tensor([[-1e9], [1e9]])).tolist() == [[-10.0], [10.0]]
