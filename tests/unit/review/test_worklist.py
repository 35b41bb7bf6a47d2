"""Which films a reader is shown, in which order, and that hidden answers stay hidden."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import event
from sqlalchemy.orm import Session

from review.reading.worklist import ROWS_PER_PAGE, Wanted, Worklist
from review.sources import SOURCES
from review.tables import Dropped, Film, place_of
from tests.unit.review.site import Site, found, statements

NOW = datetime.now(UTC)
CAP_S = 3600.0


def listed(site: Site, reader: str, role: str = "reader", **wanted: object) -> list[str]:
    with site.session() as session:
        films = Worklist(reader, role, CAP_S).page(session, Wanted(**wanted))
        return [film.accession_number for film, *_ in films]


def film(site: Site, name: str, interstitial: float = 0.2, **columns: object) -> dict:
    left = (1 - interstitial) / 2
    return site.film((interstitial, left, left), accession_number=name, **{"arrived": NOW} | columns)


def test_the_most_urgent_film_is_first_but_none_waits_for_ever(site):
    film(site, "mild", 0.1)
    film(site, "old", 0.05, arrived=NOW - timedelta(hours=2))
    film(site, "urgent", 0.9)
    ada = site.reader("ada")
    site.keep()

    assert listed(site, ada) == ["urgent", "old", "mild"]
    assert listed(site, ada, order="newest")[-1] == "old"


def test_a_film_that_was_sent_as_urgent_is_first_whatever_the_models_say(site):
    film(site, "abnormal", 0.95)
    film(site, "sent as urgent", 0.1, urgent=True)
    film(site, "blind", 0.1, urgent=True, blind=True, place=0.5)
    ada = site.reader("ada")
    site.keep()

    assert set(listed(site, ada)[:2]) == {"sent as urgent", "blind"}
    assert listed(site, ada)[2:] == ["abnormal"]


def test_a_blind_film_stands_where_chance_puts_it_whatever_the_models_say(site):
    for tenth in range(10):
        film(site, str(tenth), tenth / 10)
    for name, interstitial, place in (("a", 0.99, 0.05), ("b", 0.01, 0.95), ("c", 0.5, 0.5)):
        film(site, name, interstitial, blind=True, place=place)
    ada = site.reader("ada")
    site.keep()

    order = listed(site, ada)

    assert order == ["9", "b", "8", "7", "6", "5", "c", "4", "3", "2", "1", "a", "0"]
    assert listed(site, ada, order="newest") != order


def test_a_blind_film_that_waited_too_long_stands_with_all_that_have(site):
    film(site, "abnormal", 0.9)
    film(site, "normal", 0.01)
    for name, blind in (("old", False), ("old and blind", True)):
        film(site, name, 0.01, blind=blind, place=0.0, arrived=NOW - timedelta(hours=3, minutes=blind))
    ada = site.reader("ada")
    site.keep()

    assert listed(site, ada) == ["abnormal", "old and blind", "old", "normal"]


def test_chance_is_the_films_own_and_the_same_for_ever(site):
    first, second = film(site, "one"), film(site, "two")
    site.keep()

    with site.session() as session:
        places = [session.get_one(Film, each["id"]).place for each in (first, second)]
    assert places == [place_of(first["id"]), place_of(second["id"])]
    assert 0 <= min(places) < max(places) < 1


def test_films_of_programs_and_trials_are_listed_only_where_they_are_asked_for(site):
    ada = site.reader("ada")
    for source in SOURCES:
        film(site, source, source=source)
    site.keep()

    assert set(listed(site, ada)) == {"dropped", "modality", "feed"}
    assert listed(site, ada, source="api") == ["api"]
    assert listed(site, ada, source="test") == ["test"]
    assert set(listed(site, ada, source="any")) == set(SOURCES)
    with site.session() as session:
        films = Worklist(ada, "reader", CAP_S, ["api"]).page(session, Wanted())
    assert {row.film.source for row in films} == {"dropped", "feed", "api"}


def test_what_a_reader_dropped_is_theirs_wherever_it_came_from_before(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    row = film(site, "by a program", source="api")
    site.keep()
    with site.sessions.begin() as session:
        session.add(Dropped(film_id=row["id"], reader_id=ada, at=NOW))

    assert listed(site, ada) == listed(site, ada, source="mine") == ["by a program"]
    assert listed(site, bob) == listed(site, bob, source="mine") == []


def test_a_dismissed_film_is_on_no_list_but_its_own_and_that_of_all(site):
    ada = site.reader("ada")
    film(site, "kept")
    site.opinion(film(site, "dismissed", dismissed=NOW), ada, "no_pathology")
    site.keep()

    assert listed(site, ada) == ["kept"]
    assert listed(site, ada, status="mine") == []
    assert listed(site, ada, status="dismissed") == ["dismissed"]
    assert set(listed(site, ada, status="all")) == {"kept", "dismissed"}


def test_to_read_has_second_reads_of_others_and_arbitration_for_chiefs_only(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    film(site, "unread")
    site.opinion(film(site, "second", state="second_read"), ada, "no_pathology")
    film(site, "dispute", state="arbitration")
    film(site, "done", state="settled")
    site.keep()

    assert set(listed(site, ada)) == {"unread"}
    assert set(listed(site, bob)) == {"unread", "second"}
    assert set(listed(site, bob, "chief")) == {"unread", "second", "dispute"}
    assert set(listed(site, bob, status="all")) == {"unread", "second", "dispute", "done"}
    assert listed(site, ada, status="mine") == ["second"]


def test_an_opinion_taken_back_makes_the_film_no_longer_mine(site):
    ada = site.reader("ada")
    row = film(site, "back")
    site.opinion(row, ada, "no_pathology")
    site.opinion(row, ada, "no_pathology", withdrawn=True, undoes=1)
    site.keep()

    assert listed(site, ada, status="mine") == []


def test_a_hidden_answer_cannot_be_found_out_by_filtering(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    blind = film(site, "blind", 0.9, blind=True)
    site.opinion(blind, bob, "no_pathology", blind=True)
    film(site, "open", 0.9)
    site.keep()

    wanted = {"status": "all", "predicted": "interstitial_pneumonia"}
    assert listed(site, ada, **wanted) == ["open"]
    assert set(listed(site, bob, **wanted)) == {"blind", "open"}
    with site.session() as session:
        shown = {
            film.accession_number: hidden for film, hidden, *_ in Worklist(ada, "reader", CAP_S).page(session, Wanted())
        }
    assert shown == {"blind": True, "open": False}


def test_films_are_found_by_parts_of_name_id_and_accession_number_in_any_case(site):
    ada = site.reader("ada")
    film(site, "A1", search="müller, anna p77 a1")
    film(site, "B2", search="o'hara 100% p_8 b2")
    site.keep()

    assert listed(site, ada, search="MÜLLER p77") == ["A1"]
    assert listed(site, ada, search="100%") == ["B2"]
    assert listed(site, ada, search="p_8") == ["B2"]
    assert listed(site, ada, search="' OR 1=1 --") == []


def test_films_are_found_by_outcome_and_day_of_arrival(site):
    ada = site.reader("ada")
    film(site, "early", arrived=datetime(2026, 1, 5, 12, tzinfo=UTC))
    site.film(None, "rotated", accession_number="refused", arrived=datetime(2026, 1, 6, 12, tzinfo=UTC))
    site.keep()

    assert listed(site, ada, outcome="refused") == ["refused"]
    assert listed(site, ada, since=date(2026, 1, 6)) == ["refused"]
    assert listed(site, ada, until=date(2026, 1, 5)) == ["early"]


def test_next_is_the_film_after_this_one_and_after_the_last_the_first(site):
    ada = site.reader("ada")
    rows = [film(site, str(urgency), urgency) for urgency in (0.9, 0.5, 0.1)]
    site.keep()

    def after(row: dict) -> str | None:
        with site.session() as session:
            found = Worklist(ada, "reader", CAP_S).next(session, Wanted(), row["id"])
            return found.accession_number if found else None

    assert [after(row) for row in rows] == ["0.5", "0.1", "0.9"]


def test_the_only_film_has_no_next_one(site):
    ada, row = site.reader("ada"), film(site, "only")
    site.keep()

    with site.session() as session:
        assert Worklist(ada, "reader", CAP_S).next(session, Wanted(), row["id"]) is None


def test_the_last_page_of_a_long_list_takes_two_statements(site):
    """How long it takes in 10,000 films is measured by `make trial ARGS="reading"`."""
    ada = site.reader("ada")
    for number in range(10 * ROWS_PER_PAGE):
        film(site, str(number), (number % 100) / 100, state=("unread", "read", "settled")[number % 3])
    site.keep()
    worklist = Worklist(ada, "reader", CAP_S)

    with statements(site) as sent, site.session() as session:
        count = worklist.count(session, Wanted(status="all"))
        last = worklist.page(session, Wanted(status="all", page=10))
    assert (count, len(last), len(sent)) == ((10 * ROWS_PER_PAGE, 0), ROWS_PER_PAGE, 2)


def test_a_page_that_is_found_from_the_end_of_the_list_has_the_same_films_in_the_same_order(site):
    ada, count = site.reader("ada"), 4 * ROWS_PER_PAGE + 7
    for number in range(count):
        film(site, str(number), arrived=NOW - timedelta(minutes=number // 3))
    site.keep()
    worklist, paged, counted = Worklist(ada, "reader", CAP_S), [], []

    with site.session() as session:
        for page in range(1, 7):
            wanted = Wanted(status="all", order="newest", page=page)
            paged += [row.film.id for row in worklist.page(session, wanted)]
            counted += [row.film.id for row in worklist.page(session, wanted, count)]
    assert len(set(paged)) == count
    assert counted == paged


def test_films_of_other_sources_are_counted_where_none_is_asked_for(site):
    ada = site.reader("ada")
    for number, source in enumerate(("modality", "api", "api", "test")):
        film(site, str(number), source=source)
    site.keep()
    worklist = Worklist(ada, "reader", CAP_S)

    with site.session() as session:
        counts = [worklist.count(session, Wanted(source=source)) for source in ("", "any", "api")]
    assert counts == [(1, 3), (4, 0), (2, 0)]


def plans(site: Site, do: Callable[[Session], object]) -> list[str]:
    """How SQLite goes about each of the statements, which are as they are on a server."""
    sent = []
    engine = site.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *asked: sent.append(asked[2:4]))
    with site.session() as session:
        do(session)
    with engine.connect() as connection:
        explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in list(sent)]
        return ["; ".join(row.detail for row in each) for each in explained]


def test_lists_are_counted_in_an_index_and_the_newest_are_in_the_order_of_another(tmp_path):
    site = found(tmp_path)
    ada = site.reader("ada")
    for number in range(3 * ROWS_PER_PAGE):
        film(site, str(number), number / 1000, state="unread" if number % 3 else "settled")
    site.keep()
    worklist, newest = Worklist(ada, "chief", CAP_S), Wanted(status="all", order="newest", page=3)

    (to_read,) = plans(site, lambda session: worklist.count(session, Wanted()))
    (every,) = plans(site, lambda session: worklist.count(session, Wanted(status="all")))
    (last,) = plans(site, lambda session: worklist.page(session, newest, 3 * ROWS_PER_PAGE))

    assert "COVERING INDEX film_listed (state=?" in to_read and "USING INDEX" not in to_read.split("SUBQUERY")[0]
    assert "SCAN film USING COVERING INDEX film_listed" in every
    assert "SCAN film USING INDEX film_by_arrival" in last


def test_whether_an_answer_is_hidden_is_looked_up_once_a_film(tmp_path):
    site = found(tmp_path)
    ada = site.reader("ada")
    site.keep()

    (plan,) = plans(site, lambda session: Worklist(ada, "reader", CAP_S).page(session, Wanted()))

    assert "MATERIALIZE chosen" in plan
    assert plan.partition("SCAN chosen")[0].count("SEARCH sitting") == 1


def test_a_query_that_is_none_is_refused_and_the_usual_one_is_short():
    assert Wanted().query() == ""
    assert Wanted(status="all", find="a&b").query(page=3) == "status=all&find=a%26b&page=3"
    assert Wanted(search="Doe").query() == ""
    assert Wanted(search="Doe", find="a", status="all").asked() == "search=Doe&status=all"
    with pytest.raises(ValidationError):
        Wanted(status="everything")
    assert Wanted(since="").since is None


def test_every_film_is_kept_once_whatever_comes_twice(site):
    film(site, "one", digest="0" * 64)
    site.keep()
    with site.session() as session:
        assert session.query(Film).count() == 1
