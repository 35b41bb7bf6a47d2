"""Which film is asked for next, and how."""

import random
from argparse import ArgumentParser

import pytest

from tests.trials.bench.variants import DICOM, PNG
from tests.trials.load import options
from tests.trials.load.films import FILMS, Films, Mix


def drawn(mix, count=4000):
    """So many requests."""
    chance = random.Random(1)
    return [mix.draw(chance) for _ in range(count)]


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Of a small picture."""
    from tests import films as made

    path = tmp_path_factory.mktemp("film") / "film.png"
    path.write_bytes(made.png())
    return Films.read(path)


def test_shares_are_kept():
    """Each by itself."""
    asked = drawn(Mix(dicom=0.25, cached=0.3, urgent=0.1))

    assert sum(each.kind == "DICOM" for each in asked) / len(asked) == pytest.approx(0.25, abs=0.03)
    assert sum(each.cached for each in asked) / len(asked) == pytest.approx(0.3, abs=0.03)
    assert sum(each.lane == "urgent" for each in asked) / len(asked) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_none_and_all_are_exact(share):
    """Or a cached answer would be taken for a wrong one."""
    asked = drawn(Mix(dicom=share, cached=share, urgent=share), 500)

    assert {each.cached for each in asked} == {bool(share)}
    assert {each.kind for each in asked} == {"DICOM" if share else "PNG"}


def test_the_film_that_is_sent_is_of_the_kind_that_is_said(films):
    """Every one of them comes up."""
    asked = drawn(Mix(dicom=0.5, cached=0, urgent=0), 500)

    assert {each.number for each in asked} == set(range(FILMS))
    assert all(films.files[each.number].kind == films.type(each) for each in asked)
    assert {film.kind for film in films.files} == {PNG, DICOM}


def test_urgent_and_computed_are_said_in_headers():
    """RFC 9218's header with our word, and RFC 9111's."""
    asked = drawn(Mix(dicom=0, cached=0.5, urgent=0.5), 100)

    for each in asked:
        assert each.headers().get("Priority") == ("urgent" if each.lane == "urgent" else None)
        assert each.headers().get("Cache-Control") == (None if each.cached else "no-cache")


@pytest.mark.parametrize(
    ("mix", "told"),
    [
        pytest.param(Mix(0.5, 0, 0), "uncached", id="computed"),
        pytest.param(Mix(0.5, 1, 0), "cached", id="known"),
        pytest.param(Mix(0.5, 0.3, 0.05), "30% cached, 5% urgent", id="both"),
    ],
)
def test_a_mix_has_a_name(mix, told):
    """By which its figures are kept."""
    assert str(mix) == told


def chosen(*words):
    """Options as they are read."""
    parser = ArgumentParser()
    options.add(parser)
    return parser.parse_args(words)


def test_an_overload_has_urgent_films_unless_told_otherwise():
    """The other shapes have none."""
    assert options.mix(chosen("--shape", "overload")).urgent == 0.1
    assert options.mix(chosen("--shape", "overload", "--urgent", "0")).urgent == 0
    assert options.mix(chosen("--shape", "soak")).urgent == 0


def test_a_share_is_a_share(capsys):
    """More than all is refused."""
    with pytest.raises(SystemExit):
        chosen("--cached", "1.5")
    assert "--cached" in capsys.readouterr().err
