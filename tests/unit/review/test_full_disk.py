"""A disk that is short or full: films stay readable, nothing that is said is lost, and no more films are taken in."""

import contextlib
import socket
import stat
import subprocess
import sys
import threading
import time
import uuid

import httpx
import pytest
import sqlalchemy
import structlog
import uvicorn

from local.places import ROOT
from review.arrivals import pictures as pictures_module
from review.audit import record
from review.chain.seal import CHAIN
from review.chain.verify import verify
from review.places import AT_ONCE
from tests.unit.conftest import free_port
from tests.unit.review.test_traces import pictures
from tests.unit.review.whole import whole

ENOUGH = 10**18
"""Bytes, more than any disk has free."""


@pytest.fixture
def room(tmp_path):
    with whole(tmp_path) as room:
        yield room


@pytest.fixture
def small(tmp_path):
    """A room on a disk of 8 MiB of its own."""
    (disk := tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a disk of its own")
    try:
        with whole(disk) as room:
            yield room
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


class Ballast:
    """What fills the disk of a room, until it is thrown away."""

    def __init__(self, room):
        self._path = room.settings.folder / "ballast"
        with contextlib.suppress(OSError), self._path.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        with contextlib.suppress(sqlalchemy.exc.OperationalError):  # what the database's files have room for
            while True:
                with room.site.sessions.begin() as session:
                    record(session, None, "filling")

    def throw_away(self):
        self._path.unlink()


def whole_audit(room):
    with room.site.session() as session:
        return verify(session, session.info[CHAIN])


def test_films_are_read_on_a_full_disk_and_the_audit_gets_its_rows_when_there_is_room(small):
    room = small
    film, ada = room.film(), room.browser("ada")
    room.film()
    ballast = Ballast(room)

    with structlog.testing.capture_logs() as told:
        assert [ada.get(path).status_code for path in ("/", f"/films/{film}", *pictures(film))] == [200] * 4
        page = ada.get(f"/films/{film}").text

    held = [each["action"] for each in told if each["event"].startswith("audit held in memory")]
    assert held == ["worklist.view", "film.view", "film.pictures", "film.view"]
    assert room.audited("film.view", "film.pictures") == []
    assert "review_audit_held 4.0" in room.browser().get("/metrics").text
    assert room.browser().get("/readyz").status_code == 503

    ballast.throw_away()
    assert room.browser().get("/readyz").status_code == 200
    assert [row.action for row in room.audited("worklist.view", "film.view", "film.pictures")] == held
    assert whole_audit(room).marked
    assert opinion(ada, film, page).status_code == 201


def opinion(browser, film, page):
    """Given on a film's page."""
    sitting, csrf = (page.partition(f'"{name}": "')[2].partition('"')[0] for name in ("sitting", "csrf"))
    given = {"key": str(uuid.uuid4()), "sitting": sitting, "label": "no_pathology"}
    return browser.post(f"/films/{film}/opinions", json=given, headers={"X-CSRF-Token": csrf})


def test_an_opinion_on_a_full_disk_is_to_be_sent_again_and_is_kept_then(small):
    room = small
    film, ada = room.film(), room.browser("ada")
    page = ada.get(f"/films/{film}").text
    ballast = Ballast(room)

    answer = opinion(ada, film, page)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk-full")
    assert int(answer.headers["retry-after"]) > 0

    ballast.throw_away()
    assert opinion(ada, film, page).status_code == 201


def test_below_the_reserve_no_film_is_taken_in_and_machines_are_told(tmp_path):
    with whole(tmp_path, least_free_bytes=ENOUGH) as room:
        film, ada = room.film(), room.browser("ada")
        csrf = {"X-CSRF-Token": ada.token("/")}

        refused = ada.post("/films", content=b"x", headers=csrf)
        assert (refused.status_code, refused.json()["code"]) == (507, "no-room")
        assert ada.get(f"/films/{film}").status_code == 200
        assert opinion(ada, film, ada.get(f"/films/{film}").text).status_code == 201
        assert room.browser().get("/readyz").json()["ready"] is False
        assert "review_disk_short 1.0" in room.browser().get("/metrics").text
        assert room.browser().get("/livez").status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_by_the_proxy_is_told_nothing_of_the_machine(room, path, header):
    assert room.browser().get(path, headers={header: "192.0.2.7"}).status_code == 404
    assert room.browser().get("/livez", headers={header: "192.0.2.7"}).status_code == 200


def test_the_names_of_a_films_pictures_are_on_the_disk_after_their_bytes(room, monkeypatch):
    synced = []
    monkeypatch.setattr(pictures_module, "sync", lambda path: synced.append((path, sorted(path.iterdir()))))

    film = room.film()

    folder = room.settings.pictures / film
    assert [path for path, _ in synced] == [next(folder.glob("0*")), folder, room.settings.pictures]
    assert {path.name for path in synced[1][1]} >= {"radiograph.png", "thumbnail.png"}


def test_whatever_the_process_writes_is_for_its_user_alone(tmp_path):
    folder = tmp_path / "readings"
    folder.mkdir(mode=0o755)
    environment = {"PYTHONPATH": str(ROOT / "services"), "REVIEW_FOLDER": str(folder), "PATH": ""}
    command = [sys.executable, "-m", "review", "admin", "root"]
    subprocess.run(["sh", "-c", 'umask 022; exec "$@"', "sh", *command], env=environment | {"PATH": "/usr/bin:/bin"},
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert set(modes) >= {"review.sqlite", "audit.key", "audit.mark"} and set(modes.values()) == {0o600}


@pytest.fixture
def served(tmp_path):
    """A room at a port, since uploads come slowly there."""
    port = free_port()
    with whole(tmp_path, upload_timeout_s=2) as room:
        server = uvicorn.Server(uvicorn.Config(room.app, port=port, log_level="critical", lifespan="on"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield room, port
        server.should_exit = True
        thread.join(30)


def slowly(port, browser, csrf):
    """An upload that never ends."""
    connection = socket.create_connection(("127.0.0.1", port))
    cookie = f"review={browser.cookies['review']}"
    head = f"POST /films HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"
    connection.sendall(f"{head}Content-Length: 1000\r\n\r\nx".encode())
    return connection


def test_uploads_that_never_end_are_ended_and_hold_up_nobody_else(served):
    room, port = served
    eve, ada = room.browser("eve"), room.browser("ada")
    token, cookies = eve.token("/"), {"review": ada.cookies["review"]}
    csrf = {"X-CSRF-Token": ada.token("/")}
    held = [slowly(port, eve, token) for _ in range(AT_ONCE)]

    answer = httpx.post(f"http://127.0.0.1:{port}/films", content=b"", cookies=cookies, headers=csrf, timeout=60)

    assert answer.json()["detail"] == "the file is empty"  # it was asked for at once, while all of eve's wait
    held[0].settimeout(60)
    assert held[0].recv(12) == b"HTTP/1.1 422"
    for each in held:
        each.close()
