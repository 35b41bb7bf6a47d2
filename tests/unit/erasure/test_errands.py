"""What the gateway still has to forget is kept until it has said that it is gone."""

import threading

from erasure.errands import FOLDER, MAX_FAULTS, Errands


class AwayError(Exception):
    """As a client raises it."""


def away(assessment):
    raise AwayError("the gateway cannot be reached")


def test_what_was_asked_for_is_on_the_list_no_longer_whether_or_not_it_was_there(tmp_path):
    errands, asked = Errands(tmp_path), []
    errands.add(["B", "A"])
    errands.add(["A"])

    done = errands.run(lambda each: asked.append(each) or each == "A", AwayError)

    assert asked == ["A", "B"]
    assert (done.gone, done.left, errands.left()) == (1, 0, [])
    assert "1 assessments are gone" in str(done)


def test_a_gateway_that_is_away_is_not_asked_for_each_of_many_and_all_stay(tmp_path):
    errands, asked = Errands(tmp_path), []
    errands.add(f"{number}" for number in range(10))

    done = errands.run(lambda each: away(asked.append(each)), AwayError)

    assert len(asked) == MAX_FAULTS
    assert (done.gone, done.left, len(errands.left())) == (0, 10, 10)
    assert "10 assessments may still be in its memory: the gateway cannot be reached" in str(done)
    assert Errands(tmp_path).left() == errands.left()  # also of another process


def test_one_that_cannot_be_forgotten_does_not_keep_the_others(tmp_path):
    errands = Errands(tmp_path)
    errands.add(["A", "B"])

    errands.run(lambda each: away(each) if each == "A" else True, AwayError)

    assert errands.left() == ["A"]


def test_nothing_is_made_where_there_is_nothing_to_ask_for(tmp_path):
    Errands(tmp_path).add([])

    assert Errands(tmp_path).left() == [] and not (tmp_path / FOLDER).exists()


def test_a_disk_that_is_away_ends_no_service(tmp_path):
    (tmp_path / FOLDER).write_text("no folder")
    stop, tries = threading.Event(), []

    class Trying(Errands):
        def run(self, forget, faults):
            tries.append(1)
            stop.set()
            return super().run(forget, faults)

    Trying(tmp_path).until(stop, away, AwayError)

    assert tries == [1]
