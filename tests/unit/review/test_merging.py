"""Two patients turn out to be one; and films that were read long ago go by themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from erasure.asked import Asked
from erasure.tombstones import Tombstones
from review import cli
from review.app import create_app
from review.arrivals.arrivals import Arrivals
from review.arrivals.came import Came
from review.arrivals.feed import Feed
from review.arrivals.merged import Merged
from review.arrivals.pictures import Pictures
from review.forgetting.expiry import Expiry
from review.forgetting.forget import Forgetter
from review.settings import Settings
from review.tables import Film, Opinion
from tests.unit.review import test_arrivals
from tests.unit.review.erased import (
    COMMENT,
    HEADER,
    ISSUER,
    NAME,
    PATIENT,
    STUDY,
    WHY,
    films_of,
    look,
    study_of,
    traces_of_her,
)
from tests.unit.review.whole import whole

SURVIVOR = {
    "patient_id": "P-SURVIVES", "patient_name": "Musterfrau, Erika", "sex": "F", "digest": "d3" * 32,
    "header": {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Musterfrau^Erika"}]},
        "00100020": {"vr": "LO", "Value": ["P-SURVIVES"]},
        "00100021": {"vr": "LO", "Value": [ISSUER]},
        "00100040": {"vr": "CS", "Value": ["F"]},
    },
}  # fmt: skip


def merge(*more):
    return cli.main(["merge", "--from", PATIENT, "--into", "P-SURVIVES", "--reason", "entered twice", *more])


def test_films_of_a_merged_patient_carry_the_identity_that_survives(room, capsys):
    film, _ = study_of(room)
    room.film(**SURVIVOR)

    assert merge() == 0
    assert {each.patient_id for each in films_of(room.site)} == {PATIENT, "P-OTHER", "P-SURVIVES"}
    assert merge("--yes") == 0

    hers, others, _ = films_of(room.site)
    assert (hers.patient_id, hers.patient_name, hers.sex) == ("P-SURVIVES", "Musterfrau, Erika", "F")
    assert hers.header["00100020"]["Value"] == ["P-SURVIVES"] and hers.header["0020000D"]["Value"] == [STUDY]
    assert others.patient_id == "P-OTHER"
    ada = room.browser("ada")
    assert "Musterfrau" in ada.get(f"/films/{film}").text
    told = capsys.readouterr()
    assert "would be merged: 1 films" in told.out and "merged: 1 films" in told.out and PATIENT not in told.out


def test_a_merge_is_in_the_audit_without_the_ids(room):
    study_of(room)

    merge("--yes")

    (row,) = room.audited("patient.merge")
    assert (row.detail["reason"], row.detail["films"], len(row.detail["names"])) == ("entered twice", 1, 2)
    assert PATIENT not in str(row.detail) and "SURVIVES" not in str(row.detail)
    assert look(room).last


def test_without_a_film_of_the_survivor_the_id_alone_changes(room):
    study_of(room)

    merge("--yes")

    hers = films_of(room.site)[0]
    assert (hers.patient_id, hers.patient_name) == ("P-SURVIVES", f"{NAME}, Erika")
    assert hers.header["00100021"]["Value"] == [ISSUER]


@pytest.mark.parametrize("more", [["--into", PATIENT], ["--reason", ""], ["--reason", f"{PATIENT} is old"]])
def test_a_merge_that_makes_no_sense_changes_nothing(room, more, capsys):
    study_of(room)

    assert merge("--yes", *more) == 1

    assert PATIENT not in capsys.readouterr().err
    assert films_of(room.site)[0].patient_id == PATIENT


class Gateway(test_arrivals.Gateway):
    """With films of hers."""

    def header(self, _):
        return HEADER


def test_a_film_that_still_comes_under_the_old_id_is_the_survivors(room, tmp_path):
    study_of(room)
    merge("--yes")
    arrivals = Arrivals(Gateway(), room.site.sessions, Pictures(tmp_path / "more"), lambda _: 0)

    film = arrivals.take(test_arrivals.received("new"), Came("feed"))

    with room.site.session() as session:
        assert session.get_one(Film, film).patient_id == "P-SURVIVES"


def test_who_is_forgotten_after_a_merge_is_forgotten_whole(room):
    study_of(room)
    merge("--yes")

    assert cli.main(["forget", "--patient", "P-SURVIVES", *WHY, "--yes"]) == 0

    assert traces_of_her(room.settings.folder) == set()
    with room.site.session() as session:
        assert session.scalars(select(Merged)).all() == []


def test_a_film_that_the_gateway_still_remembers_does_not_come_back(site, tmp_path, monkeypatch):
    stones = Tombstones(tmp_path)
    before, after = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    stones.add(Asked("asked for it", PATIENT).tombstone(stones.keyed, {ISSUER.casefold()}))
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path / "pictures"), lambda _: 0, stones)
    feed = Feed(gateway, arrivals, site.sessions)
    monkeypatch.setattr(feed._stop, "wait", lambda _: False)
    monkeypatch.setattr(
        gateway, "assessment", lambda id_, **_: test_arrivals.body(id_, {"old": before, "new": after}[id_])
    )

    for each in ("old", "new"):
        feed._take_listed(test_arrivals.listed(each))

    with site.session() as session:
        assert session.scalars(select(Film.assessment_id)).all() == ["new"]


def test_read_films_go_by_themselves_and_labels_stay(room):
    film, other = study_of(room, state="settled", label="no_pathology")
    days = (datetime.now(UTC) - room.site.opinions[0]["at"]).days
    forgetter = Forgetter.of(room.settings, room.site.sessions)

    assert forgetter.expire(days + 2).films == 0
    assert forgetter.expire(days - 2).films == 1

    with room.site.session() as session:
        opinion = session.scalar(select(Opinion).where(Opinion.film_id == film))
        assert (opinion.label, opinion.comment) == ("no_pathology", "")
        assert session.get_one(Film, film).label == "no_pathology" and not session.get_one(Film, other).forgotten
    assert not (room.settings.pictures / film).exists() and (room.settings.pictures / other).exists()
    (row,) = room.audited("film.expire")
    assert row.detail["films"] == 1 and row.detail["opinions"] == 1
    assert look(room).last
    assert f"{COMMENT} in review.sqlite" not in traces_of_her(room.settings.folder)


def test_a_room_that_keeps_films_for_some_days_lets_go_of_them_from_its_start(tmp_path):
    with whole(tmp_path) as first:
        film, _ = study_of(first, state="read")
    settings = Settings(folder=tmp_path, keep_days=1)
    forgetter = Forgetter.of(settings, first.site.sessions)
    done = []

    class Told(Forgetter):
        def expire(self, days):
            done.append(forgetter.expire(days))
            expiry._stop.set()
            return done[-1]

    expiry = Expiry(Told(**vars(forgetter)), settings.keep_days)
    expiry.start()
    expiry._thread.join()

    assert [gone.films for gone in done] == [1] and not (settings.pictures / film).exists()
    assert create_app(settings)


def test_nothing_expires_unless_it_is_asked_for(room, capsys):
    study_of(room, state="settled")

    assert cli.main(["forget", "--expired"]) == 1

    assert "REVIEW_KEEP_DAYS" in capsys.readouterr().err
    assert not any(film.forgotten for film in films_of(room.site))


def test_expired_films_can_be_let_go_of_by_the_owner_of_the_database(room, monkeypatch, capsys):
    study_of(room, state="settled")
    monkeypatch.setenv("REVIEW_KEEP_DAYS", "30")

    assert cli.main(["forget", "--expired"]) == 0

    assert "expired: 1 films" in capsys.readouterr().out
