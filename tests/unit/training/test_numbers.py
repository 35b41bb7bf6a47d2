"""A problem whose answer is a number is trained, exported and judged from its declaration alone."""

import json
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from cxr.measuring import MeasuringHandler
from cxr.number import stretched
from imaging import grey
from imaging.reference import Bins, Reference
from tests.unit.training.shapes import SHAPES, disc, write_index
from training import __main__
from training.course import fit
from training.films import DataError
from training.numbers import command, strangers
from training.numbers.config import VERSION
from training.numbers.course import GaugeCourse, GaugeSettings
from training.numbers.export import Material, export
from training.numbers.films import read
from training.numbers.interval import factor
from training.numbers.reference import make
from vocabulary.problems.known import NUMBERS

SMALL = GaugeSettings(epochs=2, tuned_epochs=1, samples=4, batch=4, copies=2)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small networks gain nothing from more, and where the machine is busy they wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    return write_index(tmp_path_factory.mktemp("discs"))


def course(discs, cache) -> GaugeCourse:
    return GaugeCourse(SHAPES, read(SHAPES, discs), SMALL, cache)


@pytest.fixture(scope="module")
def trained(discs, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    fit(course(discs, out), out, 2, 1, False, {"rate": SMALL.rate})
    return out


@pytest.fixture(scope="module")
def material(discs, index):
    return Material.of(SHAPES, read(SHAPES, discs), strangers.read(SHAPES, [index]))


@pytest.fixture(scope="module")
def store(material, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    export(material, trained, folder)
    return folder


def stage(store) -> MeasuringHandler:
    config = yaml.safe_load((store / "shapes" / "model-config.yaml").read_text())
    made = type("Shapes", (MeasuringHandler,), {"name": "shapes"})()
    made.initialize(SimpleNamespace(system_properties={"model_dir": str(store / "shapes")}, model_yaml_config=config))
    return made


def test_what_is_exported_answers_as_a_stage_with_a_number_in_its_interval_for_every_group(store):
    (answer,) = stage(store).predict(disc(12, np.random.default_rng(1))[None, None])

    assert set(answer.estimates) == {"", "A", "B"} or answer.refusal == "not_a_disc"
    for each in answer.estimates.values():
        assert 4.0 <= each.low <= each.value <= each.high <= 20.0
    assert all(heat.shape == (2, 2) and heat.min() >= 0 for heat in answer.heatmaps.values())


def test_films_of_something_else_are_refused_and_the_problems_own_are_not(store, material):
    made, others = stage(store), material.strangers
    own = material.films.pixels[material.films.split("test")]

    accepted = [not answer.refusal for answer in made.predict(own[:, None])]
    answers = made.predict(others.pixels[others.splits == "test"][:, None])

    assert np.mean(accepted) >= 0.8
    assert np.mean([answer.refusal == "not_a_disc" for answer in answers]) >= 0.8
    assert all(not answer.estimates and not answer.heatmaps for answer in answers if answer.refusal)


def test_the_reference_is_of_training_films_as_the_stage_answers_them_each_for_its_own_person(
    store, material, discs, monkeypatch, capsys
):
    monkeypatch.setitem(NUMBERS, "shapes", SHAPES)
    said = ["reference", "--problem", "shapes", "--data", str(discs), "--store", str(store), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["training", *said])
    __main__.main()
    assert "12 films, 3 scores, 5 numbers of the image" in capsys.readouterr().out
    found = Reference.read(store / "shapes" / "reference.json")

    films = material.films.part(material.films.split("train"))
    answers = stage(store).predict(films.pixels[:, None])
    own = zip(answers, films.groups, strict=True)
    values = [each.estimates[SHAPES.groups[at]].value for each, at in own if not each.refusal]
    assert found.scores["pixels"].films == len(values)
    assert alike(found.scores["pixels"], values)
    assert alike(found.scores["in_distribution"], [each.in_distribution for each in answers])
    assert alike(found.scores["nearness"], [each.nearness for each in answers])
    assert alike(found.image["mean"], [grey.levels(film)["mean"] for film in films.pixels])
    assert found.about["stages"]["shapes"]["version"] == VERSION
    assert found == make(SHAPES, discs, store) != make(SHAPES, discs, store, films=5)


def alike(bins: Bins, values: list[float]) -> bool:
    """Whether a film or two at most is in another bin: sums of floating-point numbers differ by the batch."""
    counts = np.bincount([bins.bin(value) for value in values], minlength=len(bins.shares))
    return bool(np.abs(counts - np.array(bins.shares) * len(values)).sum() <= 4.01)


def test_figures_stand_beside_who_always_says_the_mean_and_belong_to_the_weights(store, material):
    figures = command.measure(material, store / "shapes" / "weights.safetensors")

    told = {(each.what, each.data): each for each in figures}
    error = "mean absolute error (pixels)"
    assert {(error, "all"), (error, "group A"), (error, "4 to below 12 pixels")} <= set(told)
    assert (f"{error} of who always says the mean", "group B") in told
    assert 0 <= told["share in the interval of 90%", "all"].value <= 1
    assert any("where the gate learned from none" in each.data for each in figures) or len(set(told)) > 20
    written = json.loads((store / "shapes" / "metrics.json").read_text())
    assert written["seed"] == 1 and len(written["figures"]) == len(figures)


def test_the_trunks_normalisation_stays_imagenets_and_its_weights_change_in_the_last_epochs(store, trained, discs):
    weights = load_file(store / "shapes" / "weights.safetensors")
    fresh = course(discs, trained).network.state_dict()

    assert (store / "shapes" / "weights.safetensors").stat().st_size < 20e6
    mean = "trunk._bn0.running_mean"
    assert np.array_equal(weights[mean].numpy(), fresh[mean].half().numpy())
    for name in ("trunk._conv_stem.weight", "votes.weight"):
        assert not np.array_equal(weights[name].numpy(), fresh[name].half().numpy())


def test_a_training_that_was_stopped_goes_on_after_its_checkpoint(trained, discs):
    assert fit(course(discs, trained), trained, 2, 1, resume=True) == 2
    assert len((trained / "log.jsonl").read_text().splitlines()) == 2


def test_the_first_copy_of_a_film_is_the_film_and_others_are_varied_and_both_are_kept(trained, discs):
    made, row = course(discs, trained), np.array([0])
    *_, coarse = made.copies.plain(row)
    varied = [made.copies.draw(row, np.random.default_rng(seed))[-1] for seed in range(8)]
    shown = stretched(made.films.pixels[0])[None, None]
    with torch.inference_mode():
        *_, asked = made.network.eval().look(torch.from_numpy(shown))

    assert np.allclose(coarse, asked.numpy(), atol=0.02, rtol=0.02)
    assert len({float(each.sum()) for each in varied}) == 2


def test_the_interval_holds_its_share_of_films_however_wrong_the_spread_is():
    random = np.random.default_rng(3)
    truth, spread = random.normal(0, 10, 4000), random.uniform(1, 2, 4000)
    half = factor(truth[:2000], np.zeros(2000), spread[:2000], 0.9) * spread[2000:]

    assert np.mean(np.abs(truth[2000:]) <= half) == pytest.approx(0.9, abs=0.03)


def test_an_interval_of_few_films_reaches_as_far_as_the_furthest_of_them():
    assert factor(np.array([1.0, 5.0]), np.zeros(2), np.ones(2), 0.9) == 5.0


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("image,split\na.png,train\n", "there is no column size"),
        ("image,size,split\na.png,12,train\n", "no image that can be read"),
        ("image,size,split\n", "no row"),
    ],
)
def test_an_index_that_cannot_be_learned_from_is_told_of(tmp_path, table, said):
    (tmp_path / "index.csv").write_text(table)

    with pytest.raises(DataError, match=re.escape(said)):
        read(SHAPES, tmp_path / "index.csv")


def test_what_is_no_number_is_told_of(discs, tmp_path):
    text = discs.read_text().replace(",4.0,", ",young,", 1)
    (tmp_path / "index.csv").write_text(text)
    for film in discs.parent.glob("*.png"):
        (tmp_path / film.name).symlink_to(film)

    with pytest.raises(DataError, match="'young' is no number"):
        read(SHAPES, tmp_path / "index.csv")


def test_the_command_trains_a_declared_problem(discs, tmp_path, monkeypatch):
    monkeypatch.setitem(NUMBERS, "bone-age", SHAPES)
    monkeypatch.setattr(command, "GaugeSettings", lambda: SMALL)
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["training", "fit", "bone-age", "--data", str(discs), "--out", str(out)])
    monkeypatch.setattr("sys.argv", [*sys.argv, "--cache", str(tmp_path / "cache"), "--threads", "1"])

    __main__.main()

    assert (out / "checkpoint.pt").exists()


def test_export_without_what_has_to_be_refused_says_so(discs, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["training", "export", "bone-age", "--data", str(discs)])

    with pytest.raises(SystemExit) as stopped:
        __main__.main()

    assert stopped.value.code == 2
    assert "--others names the indexes" in capsys.readouterr().err
