"""Folding the spectral normalisation."""

import torch

from cxr.networks import Discriminator
from training.export import served, trained_network


def test_folding_leaves_the_logits_as_they_were() -> None:
    torch.manual_seed(0)
    trained = trained_network("discriminator").eval()
    pixels = torch.randint(0, 256, (4, 1, 160, 160), dtype=torch.uint8)

    folded = Discriminator().eval()
    folded.load_state_dict(
        {name: value.float() for name, value in served("discriminator", {"network": trained.state_dict()}).items()}
    )

    with torch.inference_mode():
        assert torch.allclose(folded(pixels), trained(pixels), atol=2e-3)
