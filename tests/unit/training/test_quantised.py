"""The segmenter's 8-bit form: made of films, run where it is, and never of other weights than those beside it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from cxr import runtime
from cxr.runtime import Source
from training.crops import as_served, forms, read_crops
from training.export import write_weights
from training.films import DataError, Films
from training.quantised import quantise
from training.settings import SegmenterSettings


@pytest.fixture
def source(segmenter: Path, tmp_path: Path) -> Source:
    """A segmenter in a folder of its own."""
    return Source("segmenter", Path(shutil.copy(segmenter, tmp_path)), SegmenterSettings.side)


@pytest.fixture
def quantised(source: Source, films: Films) -> Source:
    """The same, with its 8-bit form."""
    pytest.importorskip("nncf", reason="nncf makes the 8-bit form: pip install 'cxr-cascade[quantise]'")
    assert quantise(source, films) == source.quantised
    return source


def test_the_8_bit_form_answers_nearly_as_the_weights_do(quantised: Source) -> None:
    square = np.random.default_rng(1).integers(0, 255, (1, 1, quantised.side, quantised.side)).astype(np.uint8)
    exact = runtime.build(quantised)
    import torch

    with torch.inference_mode():
        expected = exact(torch.from_numpy(square)).numpy()
    (found,) = as_served(quantised)(square)

    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.95
    assert not np.array_equal(found, expected)
    assert runtime.precision(quantised, None) == "int8"


def test_the_same_films_give_the_same_form(quantised: Source, films: Films) -> None:
    before = [each.read_bytes() for each in forms(quantised)]
    quantise(quantised, films)

    assert [each.read_bytes() for each in forms(quantised)] == before


def test_lungs_are_looked_for_anew_by_another_form(quantised: Source, films: Films, cache: Path) -> None:
    served = read_crops(films, quantised.weights, cache).weights
    for each in forms(quantised)[1:]:
        each.unlink()

    assert read_crops(films, quantised.weights, cache).weights != served


def test_films_without_a_split_to_learn_from_show_nothing(source: Source, films: Films) -> None:
    pytest.importorskip("nncf", reason="nncf makes the 8-bit form: pip install 'cxr-cascade[quantise]'")
    with pytest.raises(DataError, match="no frontal film of the training split"):
        quantise(source, replace(films, rows=films.rows.assign(split="test")))


def test_a_form_of_other_weights_does_not_stay(source: Source) -> None:
    for end in (".xml", ".bin"):
        source.quantised.with_suffix(end).write_bytes(b"of the weights before")
    assert runtime.precision(source, None) == "int8"
    assert runtime.precision(source, 0) == "bf16"
    write_weights(source.weights.parent, load_file(source.weights), {})

    assert forms(source) == [source.weights]
    assert runtime.precision(source, None) == "f32"
