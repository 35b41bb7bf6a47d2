"""Which film is asked for next, and how."""

import random
from argparse import ArgumentParser

import pytest

from tests.trials.load.kit.sending import options
from tests.trials.load.kit.sending.errors import SendingError
from tests.trials.load.kit.sending.films import Film, Films, Mix


class Names(Films):
    """Four pictures and four DICOM files, of which only the names matter."""

    def __init__(self):
        super().__init__([Film(b"", kind) for kind in ("image/png", "application/dicom") * 4], "")


def drawn(mix, count=4000, films=None):
    """So many requests."""
    chance = random.Random(1)
    return [mix.draw(chance, films or Names()) for _ in range(count)]


def kinds(asked):
    """What each of these is called."""
    return [Names().files[each.number].name for each in asked]


def test_shares_are_kept():
    """Each by itself."""
    asked = drawn(Mix(dicom=0.25, cached=0.3, urgent=0.1))

    assert kinds(asked).count("DICOM") / len(asked) == pytest.approx(0.25, abs=0.03)
    assert sum(each.cached for each in asked) / len(asked) == pytest.approx(0.3, abs=0.03)
    assert sum(each.lane == "urgent" for each in asked) / len(asked) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_none_and_all_are_exact(share):
    """Or a cached answer would be taken for a wrong one."""
    asked = drawn(Mix(dicom=share, cached=share, urgent=share), 500)

    assert {each.cached for each in asked} == {bool(share)}
    assert set(kinds(asked)) == {"DICOM" if share else "PNG"}


def test_every_film_comes_up():
    """Of either kind."""
    asked = drawn(Mix(dicom=0.5, cached=0, urgent=0), 500)

    assert {each.number for each in asked} == set(range(8))


def test_a_folder_of_pictures_alone_is_sent_whatever_the_share_of_dicom(tmp_path):
    """Whoever copies the locustfile has films of one sort, often."""
    (tmp_path / "film.PNG").write_bytes(b"a")
    (tmp_path / "film.jpg").write_bytes(b"b")
    (tmp_path / "notes.txt").write_text("no film")
    films = Films.read(tmp_path)

    asked = drawn(Mix(dicom=0.5, cached=0, urgent=0), 100, films)

    assert [film.name for film in films.files] == ["PNG", "JPEG"]
    assert {each.number for each in asked} == {0, 1}


def test_a_folder_without_films_is_told(tmp_path):
    """With what belongs there."""
    with pytest.raises(SendingError, match="put frontal chest films there"):
        Films.read(tmp_path)


def test_two_machines_with_the_same_films_know_it(tmp_path):
    """By their digest, which other films have not."""
    for name, data in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film.png").write_bytes(data)

    digests = [Films.read(tmp_path / name).digest for name in "abc"]

    assert digests[0] == digests[1] != digests[2]


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
