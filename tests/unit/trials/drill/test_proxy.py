"""A network of our own."""

import socket
import time
from collections.abc import Iterator

import pytest

from local.ports import LOOPBACK
from tests.trials.drill.proxy import Proxy

PATIENCE_S = 5


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Listens."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.settimeout(PATIENCE_S)
        yield listening


@pytest.fixture
def proxy(server: socket.socket) -> Iterator[Proxy]:
    running = Proxy(server.getsockname()[1])
    running.start()
    yield running
    running.stop()


@pytest.fixture
def ends(server: socket.socket, proxy: Proxy) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Of one connection: the client's and the server's."""
    with connect(proxy) as client, server.accept()[0] as accepted:
        accepted.settimeout(PATIENCE_S)
        yield client, accepted


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=PATIENCE_S)


def test_what_is_sent_comes_through_both_ways(ends):
    client, server = ends

    client.sendall(b"ask")
    assert server.recv(3) == b"ask"
    server.sendall(b"answer")
    assert client.recv(6) == b"answer"


def test_a_slow_network_delivers_later(proxy, ends):
    client, server = ends
    proxy.delay_s = 0.2

    started = time.monotonic()
    client.sendall(b"ask")

    assert server.recv(3) == b"ask"
    assert time.monotonic() - started >= 0.2


def test_a_silent_one_keeps_the_connection_and_delivers_when_it_speaks_again(proxy, ends):
    client, server = ends
    proxy.silent(True)
    client.sendall(b"ask")
    server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        server.recv(3)

    proxy.silent(False)

    server.settimeout(PATIENCE_S)
    assert server.recv(3) == b"ask"


def test_a_cut_one_hangs_up_and_refuses_until_it_is_joined(server, proxy, ends):
    client, _ = ends
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)

    proxy.join()

    with connect(proxy) as again, server.accept()[0] as accepted:
        again.sendall(b"ask")
        assert accepted.recv(3) == b"ask"


def test_one_that_flaps_hangs_up_and_takes_who_comes_again(server, proxy, ends):
    client, _ = ends
    proxy.hang_up()
    with pytest.raises(ConnectionResetError):
        client.recv(1)

    with connect(proxy), server.accept()[0]:
        pass


def test_who_connects_where_nobody_is_behind_is_hung_up_on(server, proxy):
    server.close()

    with connect(proxy) as client:
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            pass
