"""Real Locust processes, against a gateway that answers at once."""

import ssl
import threading
from argparse import Namespace
from http.server import ThreadingHTTPServer

import pytest

from local.places import ROOT
from local.ports import any_free
from tests.integration.pki import Authority
from tests.trials.bench.errors import MeasurementError
from tests.trials.load import locusts
from tests.trials.load.kit.sending import options
from tests.unit.trials.load.fake_gateway import FakeGateway, serving

pytestmark = pytest.mark.integration  # Locust takes seconds to start


@pytest.fixture
def gateway():
    """Its address."""
    with serving() as url:
        yield url


def said(free_port, **more):
    """Options, as the command line gives them."""
    nothing = {name: None for name in (*locusts.OPTIONS, "allow_host")}
    film = {"film": ROOT / "tests/data/normal.png", "dicom": 0.5, "cached": 0.0, "urgent": 0.0}
    alone = {"workers": 0, "expect_workers": 0, "master_port": free_port, "users": 4, "seconds": 3.0}
    return Namespace(**nothing | film | alone | more)


@pytest.fixture
def authority(tmp_path):
    """Of the certificate of a gateway that speaks TLS."""
    return Authority(tmp_path / "authority")


@pytest.fixture
def encrypted(gateway, authority):
    """The address of a gateway whose certificate is only known to that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("localhost"))
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeGateway) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def free_port():
    """For a master."""
    return any_free(1)[0]


def test_a_master_has_every_request_of_its_two_workers(gateway, free_port, tmp_path):
    """They know what the films are, though only the master has asked; what is told off is no error; there is a page."""
    overload = said(
        free_port, shape="overload", capacity=20.0, times=3.0, urgent=0.3, cached=0.3, workers=2, seconds=8.0
    )

    figures = locusts.run(gateway, overload, tmp_path / "page.html")

    prepared = 8
    assert figures["requests"] == FakeGateway.count - prepared
    assert figures["errors"] == 0, figures["messages"]
    assert figures["shed"] > 0
    assert set(figures["phases"]["overload"]["lanes"]) == {"urgent", "routine"}
    assert figures["phases"]["overload"]["requests"] > figures["phases"]["half"]["requests"]
    assert "<html" in (tmp_path / "page.html").read_text()[:500].lower()


def test_users_wait_for_their_answers_and_429_is_an_error_to_them(gateway, free_port):
    """Steady asks for no more than there is room for; an answer that is another film's is wrong too."""
    FakeGateway.wrong = True

    figures = locusts.run(gateway, said(free_port, shape="steady", seconds=3.0))

    assert set(figures["messages"]) == {"status 429 overloaded", "other classes than the same film had alone"}
    assert figures["errors"] == figures["requests"]


def test_another_machine_is_not_loaded(free_port):
    """Nothing is sent to it, not even to look what it is."""
    with pytest.raises(MeasurementError, match=r"hospital\.example is not on this machine"):
        locusts.run("http://hospital.example", said(free_port, shape="steady"))


def test_a_test_systems_certificate_is_verified(encrypted, authority, free_port, monkeypatch):
    """By the hospital's own authority, where SSL_CERT_FILE names it; without it nothing is sent."""
    cached = said(free_port, shape="steady", cached=1.0, seconds=1.5)
    with pytest.raises(MeasurementError, match="CERTIFICATE_VERIFY_FAILED"):
        locusts.run(encrypted, cached)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))

    figures = locusts.run(encrypted, cached)

    assert figures["errors"] == 0, figures["messages"]


def test_the_shape_is_told_as_it_was_said():
    """Without what was not said, which has a default there too."""
    words = locusts._said(Namespace(**{name: None for name in locusts.OPTIONS} | {"shape": "ramp"}))

    assert words == ["--shape=ramp"]
    assert options.USERS > 0
