"""The acceptance kit over real HTTP: what it asks, what it keeps, what it counts and what it decides."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.ports import any_free
from tests.unit.learning.hospital import FakeGateway, Hospital, assessed, problem, refused

NORMAL_AGAINST_ABNORMAL = "AUROC, normal against abnormal"


def serving() -> Iterator[FakeGateway]:
    with FakeGateway() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


gateway = pytest.fixture(serving, name="gateway")


@pytest.fixture
def hospital(tmp_path: Path, gateway: FakeGateway) -> Hospital:
    return Hospital(tmp_path, gateway)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """With 48 of 50 normal films right, and lateral views that are wrong and must not count; its report is written."""
    for server in serving():
        hospital = Hospital(tmp_path_factory.mktemp("known"), server)
        two_classes(hospital, wrong=2, told=True)
        for _ in range(5):
            hospital.film("normal", assessed(0.1), view="LL", sex="F")
        assert hospital.accept() == 0
    return hospital


def two_classes(hospital: Hospital, films: int = 50, wrong: int = 2, told: bool = False) -> None:
    """Abnormal films at 0.3; normal ones at 0.8, but for some at 0.2: the area is the share of those at 0.8."""
    for at in range(films):
        more = {"sex": "FM"[at % 2], "scanner": "AB"[at // 25 % 2], "age": "50"} if told else {}
        hospital.film("abnormal", assessed(0.3), patient=f"SMITH^JANE-{at}", **more)
        hospital.film("normal", assessed(0.2 if at < wrong else 0.8), patient=f"SMITH^JOHN-{at}", **more)


def test_known_films_have_the_area_that_arithmetic_gives(known: Hospital) -> None:
    area = known.figure(NORMAL_AGAINST_ABNORMAL)
    assert area["value"] == pytest.approx(48 / 50)
    assert area["ci95"][0] < 0.96 < area["ci95"][1]
    # The first 25 of each class are of scanner A, with both that are wrong; one of these is a woman's.
    assert known.figure(NORMAL_AGAINST_ABNORMAL, "scanner A")["value"] == pytest.approx(23 / 25)
    assert known.figure(NORMAL_AGAINST_ABNORMAL, "scanner B")["value"] == 1
    assert known.figure(NORMAL_AGAINST_ABNORMAL, "women")["value"] == pytest.approx(24 / 25)
    assert known.figure(NORMAL_AGAINST_ABNORMAL, "40 to 64 years")["value"] == pytest.approx(48 / 50)


def test_shipped_points_that_hold_are_accepted(known: Hospital) -> None:
    assert known.report()["verdict"] == "accept"
    # Normal films at 0.8 reach the shipped point of 0.4; abnormal ones, at 0.3, do not.
    assert known.figure("sensitivity for normal, shipped point")["value"] == pytest.approx(0.96)
    assert known.figure("specificity for normal, shipped point")["value"] == 1


def test_no_file_of_the_report_names_a_patient_or_a_film(known: Hospital) -> None:
    kept = {path.name: path.read_text() for path in known.out.iterdir()}
    assert set(kept) == {"answers.jsonl", "report.json", "report.html", "card.md"}
    assert not [name for name, text in kept.items() if "SMITH" in text or ".png" in text]
    for name in ("report.html", "card.md"):
        assert "not a medical device" in " ".join(kept[name].split())


def test_too_few_films_get_no_verdict_and_no_figures(hospital: Hospital) -> None:
    two_classes(hospital, 15)

    assert hospital.accept() == 3
    report = hospital.report()
    assert report["verdict"] == "too few"
    assert report["reasons"] == [f"15 of 50 films with {name}, 35 missing" for name in ("abnormal", "normal")]
    assert list(report["figures"]) == ["Films without an answer"]


def test_films_of_one_class_alone_get_no_verdict(hospital: Hospital) -> None:
    for _ in range(60):
        hospital.film("No pathology", assessed(0.8))

    assert hospital.accept() == 3
    assert hospital.report()["reasons"] == ["films of one class only; two are needed"]


def test_refused_and_failed_films_are_counted_by_reason_and_told(hospital: Hospital) -> None:
    for _ in range(6):
        hospital.film("other pathology", assessed(0.2), view="PA")
    hospital.film("other pathology", refused("rotated"), view="PA")
    hospital.film("no_pathology", refused("rotated"))
    hospital.film("no pathology", refused("lateral_view"), view="LL")
    hospital.film("no pathology", assessed(0.7), view="lateral")
    hospital.film("no pathology", problem(500, "internal"))
    hospital.film("no pathology", problem(422, "unreadable"))

    assert hospital.accept() == 3
    counts = hospital.report()["counts"]
    assert counts["refused"] == {"rotated": [2, 2], "lateral_view": [1, 0]}
    assert counts["failed"] == {"internal": 1, "unreadable": 1}
    assert (counts["films"], counts["frontal"], counts["without_answer"]) == (12, 10, 4)
    assert (counts["laterals_assessed"], sum(counts["judged"].values())) == (1, 6)
    assert hospital.figure("refused or failed", "frontal films")["value"] == pytest.approx(0.4)
    assert "2 films failed" in (hospital.out / "card.md").read_text()


def test_a_gateway_that_refuses_too_many_films_is_not_to_be_used(hospital: Hospital) -> None:
    two_classes(hospital, 60, wrong=0)
    for number in range(15):
        hospital.gateway.table[number] = refused("inverted")

    assert hospital.accept() == 3
    report = hospital.report()
    assert report["verdict"] == "do not use"
    # Wilson's lower end of 15 in 120 is 7.7 %.
    assert report["reasons"] == ["15 of 120 frontal films were refused or failed: surely more than 5% (at least 7.7%)"]


def test_a_run_that_broke_goes_on_with_what_is_missing(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    two_classes(hospital, 15)
    good = hospital.gateway.table[20]
    hospital.gateway.table[20] = (502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")

    assert hospital.accept() == 1
    assert "the same command goes on" in capsys.readouterr().err
    answers = hospital.out / "answers.jsonl"
    kept = [json.loads(line)["row"] for line in answers.read_text().splitlines()[1:]]
    assert 15 <= len(kept) < 30
    assert not (hospital.out / "report.json").exists()
    with answers.open("a") as file:
        file.write('{"row": 29, "outc')  # as when the machine stops in the middle of a line

    hospital.gateway.table[20], hospital.gateway.asked = good, []
    assert hospital.accept() == 3
    assert sorted(hospital.gateway.asked) == sorted(set(range(30)) - set(kept))
    assert sum(hospital.report()["counts"]["judged"].values()) == 30


def test_a_finished_run_asks_again_for_failed_films_alone(hospital: Hospital) -> None:
    two_classes(hospital, 5)
    good = hospital.gateway.table[3]
    hospital.gateway.table[3] = problem(500, "internal")
    hospital.accept()

    hospital.gateway.table[3], hospital.gateway.asked = good, []
    hospital.accept()
    assert hospital.gateway.asked == [3]
    assert hospital.report()["counts"]["failed"] == {}


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A shell has what it starts in the background ignore it, and so would these tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_keeps_what_came_and_ends_soon(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    two_classes(hospital, 50)
    hospital.gateway.slow_s = 0.02
    hospital.gateway.before = lambda number: os.kill(os.getpid(), signal.SIGINT) if number == 20 else None

    assert hospital.accept() == 1
    assert "the same command goes on" in capsys.readouterr().err
    assert 10 <= len((hospital.out / "answers.jsonl").read_text().splitlines()) - 1 <= 30
    assert len(hospital.gateway.asked) <= 30


def test_four_films_at_once_are_at_the_gateway_at_most(hospital: Hospital) -> None:
    two_classes(hospital, 10)
    four = threading.Barrier(4)  # however slowly they come; a fifth would find the others still here
    hospital.gateway.before = lambda number: four.wait(10)
    hospital.gateway.slow_s = 0.02
    hospital.accept()

    assert hospital.gateway.most_at_once == 4


def test_a_film_for_which_there_was_no_room_is_sent_again(hospital: Hospital) -> None:
    hospital.film("normal", [problem(429, "overloaded", **{"Retry-After": "1"}), assessed(0.8)])
    hospital.accept()

    assert hospital.gateway.asked == [0, 0]
    assert hospital.report()["counts"]["judged"]["normal"] == 1


def test_a_gateway_that_is_away_ends_the_run(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    two_classes(hospital, 2)

    assert hospital.accept(url=f"http://127.0.0.1:{any_free(1)[0]}") == 1
    assert "gateway-away" in capsys.readouterr().err


def test_answers_of_two_releases_make_no_report(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    hospital.film("normal", assessed(0.8))
    hospital.film("normal", assessed(0.8, models={"classifier": "1.3.0"}))

    assert hospital.accept() == 1
    assert "classifier 1.2.0 and 1.3.0" in capsys.readouterr().err


def test_answers_to_other_films_are_not_taken_for_these(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    two_classes(hospital, 2)
    hospital.accept()
    hospital.film("normal", assessed(0.8))

    assert hospital.accept() == 1
    assert "another list of films" in capsys.readouterr().err


def test_a_film_that_the_gateway_knew_tells_nothing_of_its_time(hospital: Hospital) -> None:
    hospital.film("normal", assessed(0.8))
    hospital.film("normal", assessed(0.8, cached=True))
    hospital.accept()

    assert hospital.report()["times"]["films"] == 1


def test_bad_rows_are_all_named_and_nothing_is_sent(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    (hospital.folder / "secret.png").write_bytes(b"")
    two_classes(hospital, 1)
    hospital.rows += [
        {"file": "0.png", "label": "normal"},
        {"file": "MILLER^ANN.dcm", "label": "normal"},
        {"file": "../secret.png", "label": "normal"},
        {"file": "MILLER^BOB.dcm", "label": "rather well"},
        {"file": "1.png", "label": "no pathology", "age": "1960"},
    ]

    assert hospital.accept() == 1
    told = capsys.readouterr().err
    assert "no such file: line 5, 7" in told
    assert "leaves the folder of films: line 6" in told
    assert "unknown label: line 7" in told
    assert "the file is in an earlier line: line 4, 8" in told
    assert "one of three classes, while others say normal or abnormal: line 8" in told
    assert "the age is not a number of years: line 8" in told
    assert "MILLER" not in told
    assert hospital.gateway.asked == []
    assert not hospital.out.exists()


def test_the_last_report_is_told_beside_this_one_with_what_moved(
    hospital: Hospital, capsys: pytest.CaptureFixture[str]
) -> None:
    two_classes(hospital, wrong=2)
    hospital.accept()
    earlier = hospital.folder / "earlier.json"
    (hospital.out / "report.json").rename(earlier)
    (hospital.out / "answers.jsonl").unlink()
    for at in range(25):  # of 50 normal films
        hospital.gateway.table[2 * at + 1] = assessed(0.2)
    hospital.accept("--before", str(earlier))

    change = next(each for each in hospital.report()["changes"] if each["what"] == NORMAL_AGAINST_ABNORMAL)
    assert (change["before"], change["now"], change["moved"]) == (pytest.approx(0.96), pytest.approx(0.5), True)
    assert f"moved since the last report: {NORMAL_AGAINST_ABNORMAL}, all films: 0.960, now 0.500" in (
        capsys.readouterr().out
    )
    assert hospital.report()["verdict"] == "do not use"
