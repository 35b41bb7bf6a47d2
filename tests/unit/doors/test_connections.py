"""Floods of connections, and clients that keep a door waiting, over real sockets and a process of its own."""

import contextlib
import os
import resource
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPResponse, RemoteDisconnected
from pathlib import Path

import httpx
import pytest

from doors.connections import Limits, network_of
from local.places import ROOT
from local.ports import any_free
from tests.integration.pki import Authority

HEADER_S = 2.0
LARGE = 50_000_000
"""Bytes of door.py's large answer."""
PROGRAM = [sys.executable, str(Path(__file__).with_name("door.py"))]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "services")}
BEGUN = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
WHOLE = BEGUN + b"\r\n"


class Door:
    """A process, and the clients that a test connects."""

    def __init__(self, files: int = 4096, most: int = 2000, header_s: float = HEADER_S, pem: str = "") -> None:
        self.port = any_free(1)[0]
        told = [str(each) for each in (self.port, files, most, header_s, pem) if each]
        self.process = subprocess.Popen([*PROGRAM, *told], env=ENVIRONMENT)
        self._clients = contextlib.ExitStack()
        self._wait()

    def connect(self, said: bytes = b"", host: str = "127.0.0.1") -> socket.socket:
        client = self._clients.enter_context(socket.create_connection(("127.0.0.1", self.port), 30, (host, 0)))
        client.sendall(said)
        return client

    def close(self) -> None:
        self._clients.close()
        self.process.terminate()
        self.process.wait(30)

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                return self.connect().close()
            time.sleep(0.05)
        raise RuntimeError("the door does not open")


@pytest.fixture(scope="module")
def usual():
    made = Door()
    yield made
    made.close()


@pytest.fixture
def door():
    with contextlib.ExitStack() as stack:

        def opened(**limits: object) -> Door:
            made = Door(**limits)
            stack.callback(made.close)
            return made

        yield opened


def status(client: socket.socket) -> int:
    """Of the answer, which is read; 0 where the door hangs up without one."""
    answer = HTTPResponse(client)
    try:
        answer.begin()
        answer.read()
    except (ConnectionError, RemoteDisconnected):
        return 0
    return answer.status


def hung_up(client: socket.socket) -> bool:
    """Whether the door ends the connection; it times out where it does not."""
    with contextlib.suppress(ConnectionError):
        while client.recv(65536):
            pass
    return True


def drip(client: socket.socket) -> None:
    """A byte now and then, until the door has enough of it, or for half a minute."""
    for _ in range(300):
        client.sendall(b"X")
        time.sleep(0.1)


def asked(door: Door, host: str = "127.0.0.1") -> int:
    return status(door.connect(WHOLE, host))


@pytest.fixture
def many_files():
    """Ours: each connection is one of our files, too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip("too few files for so many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_1100_unfinished_headers_at_1024_files_keep_no_honest_client_out(door, many_files):
    flooded = door(files=1024, header_s=60)
    silent = [flooded.connect(BEGUN) for _ in range(1100)]

    assert asked(flooded) == 200
    assert asked(flooded, "127.0.0.2") == 200
    assert hung_up(silent[0]), "the one that was silent for longest goes first"


def test_the_soft_limit_of_files_is_raised_to_the_hard_one(door):
    raised = door(files=1024)
    limits = Path(f"/proc/{raised.process.pid}/limits").read_text()

    assert next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files")) == "1024"


def test_a_header_that_does_not_end_in_time_ends_the_connection_and_a_drip_of_bytes_does_not_help(usual):
    client = usual.connect(BEGUN)

    with pytest.raises(ConnectionError):
        drip(client)


def test_a_kept_connection_that_begins_another_request_and_stalls_is_ended(usual):
    client = usual.connect(WHOLE)
    assert status(client) == 200
    client.sendall(BEGUN)

    assert hung_up(client)


def test_a_body_that_does_not_come_ends_the_connection(usual):
    assert hung_up(usual.connect(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"))


def test_who_is_answered_early_and_goes_on_sending_for_ever_is_ended(usual):
    client = usual.connect(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    assert status(client) == 200

    with pytest.raises(ConnectionError):
        drip(client)


def test_who_is_answered_early_and_sends_the_rest_may_ask_again(usual):
    """As a gateway that is full does: the next film on the connection is as good as any."""
    client = usual.connect()
    for _ in range(20):
        client.sendall(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 250000\r\n\r\n")
        assert status(client) == 200
        client.sendall(b"x" * 250_000)

    client.sendall(WHOLE)

    assert status(client) == 200


def test_a_body_may_take_longer_than_a_header(usual):
    client = usual.connect(BEGUN)
    time.sleep(0.2)
    client.sendall(b"\r\n")
    assert status(client) == 200
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
    time.sleep(HEADER_S + 0.5)
    client.sendall(b"b")

    assert status(client) == 200


def test_who_reads_slowly_gets_all_of_a_large_answer(usual):
    client = usual.connect(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    time.sleep(HEADER_S + 0.5)

    assert len(client.makefile("rb").read()) > LARGE


def test_one_address_has_three_quarters_of_the_connections_and_others_the_rest(door):
    crowded = door(most=8, header_s=60)
    others = [crowded.connect(BEGUN, "127.0.0.2") for _ in range(2)]
    first, *_ = [crowded.connect(BEGUN) for _ in range(7)]

    assert hung_up(first)
    for each in others:
        each.sendall(b"\r\n")
    assert [status(each) for each in others] == [200, 200]


def test_who_is_being_answered_is_not_ended_for_who_comes_new(door):
    full = door(most=4, header_s=60)
    working = [full.connect(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", host) for host in ("127.0.0.2", "127.0.0.3")]
    assert [each.recv(5) for each in working] == [b"HTTP/"] * 2
    for number in range(4, 20):
        full.connect(BEGUN, f"127.0.0.{number}")

    assert [len(each.makefile("rb").read(LARGE)) for each in working] == [LARGE] * 2


@pytest.mark.parametrize(
    "header",
    [
        b"X: " + b"x" * 100_000,
        b"".join(b"X-%d: y\r\n" % number for number in range(101)) + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(99)),
    ],
    ids=["one without an end", "too many", "too large together"],
)
def test_a_header_that_is_too_large_is_a_bad_request(usual, header):
    assert status(usual.connect(BEGUN + header)) == 400


def test_tls_handshakes_that_do_not_begin_keep_nobody_out_and_are_ended(door, tmp_path):
    issued = Authority(tmp_path / "authority").issue("localhost")
    pem = tmp_path / "door.pem"
    pem.write_bytes(b"".join(each.read_bytes() for each in issued))
    secure = door(most=8, pem=str(pem))
    silent = [secure.connect() for _ in range(20)]

    trusted = ssl.create_default_context(cafile=str(tmp_path / "authority" / "ca.crt"))
    assert httpx.get(f"https://localhost:{secure.port}/", verify=trusted, timeout=30).json() == "ours"
    assert all(hung_up(each) for each in silent)


def test_it_ends_when_it_is_told_to_with_silent_clients_connected(door):
    closing = door(header_s=60)
    closing.connect(BEGUN)
    closing.process.terminate()

    assert closing.process.wait(30) is not None


def test_a_port_that_is_taken_is_said_so_by_the_exit_status():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*PROGRAM, str(taken.getsockname()[1]), "1024", "8", "1"]
        ended = subprocess.run(command, check=False, env=ENVIRONMENT, capture_output=True)

    assert ended.returncode == 3


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_an_ipv6_client_stands_for_its_64_bits(address, network):
    assert network_of(address) == network


def test_one_address_may_always_have_a_connection():
    assert [Limits(most).most_of_one for most in (1, 4, 1000)] == [1, 3, 750]
