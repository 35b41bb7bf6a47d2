"""Who forgets is alone with the folder; who is at work is not."""

import fcntl
import threading
import time

import pytest

from scp.standstill import Standstill


@pytest.fixture
def entered():
    """Starts somebody in a thread, and gives an event that is set when it is in; all end with the test."""
    threads = []

    def start(lock):
        inside = threading.Event()

        def enter():
            with lock:
                inside.set()

        threads.append(threading.Thread(target=enter))
        threads[-1].start()
        return inside

    yield start
    for thread in threads:
        thread.join()


def test_many_are_at_work_together(tmp_path, entered):
    with Standstill(tmp_path).at_work():
        assert entered(Standstill(tmp_path).at_work()).wait(30)


def test_who_forgets_waits_for_who_is_at_work_and_who_comes_then_waits_for_him(tmp_path, entered):
    here = Standstill(tmp_path)
    with here.at_work():
        forgets = entered(here.forgetting())
        while not is_locked(tmp_path / "locks" / "door"):
            time.sleep(0.01)
        comes = entered(here.at_work())
        assert not forgets.wait(0.2)
        assert not comes.is_set()
    assert forgets.wait(30)
    assert comes.wait(30)


def test_an_error_of_who_forgets_ends_the_standstill(tmp_path, entered):
    here, inside = Standstill(tmp_path), []

    def fail():
        with here.forgetting():
            inside.append(entered(here.at_work()))
            assert not inside[0].wait(0.2)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert inside[0].wait(30)


def is_locked(path):
    """Whether somebody holds a lock."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
