"""Whose certificates our clients believe."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client import authorities
from client.gateway import Gateway
from tests.integration.pki import Authority


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The hospital's, which the environment names to a process that begins."""
    ours = Authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.certificate))
    authorities.usual.cache_clear()
    yield ours
    authorities.usual.cache_clear()


def test_they_are_those_of_the_environment(ours: Authority) -> None:
    (believed,) = authorities.usual().get_ca_certs()

    assert believed["subject"] == ((("commonName", "authority"),),)


def test_they_are_read_once_for_all_clients_of_a_process(ours: Authority) -> None:
    authorities.usual()
    ours.certificate.unlink()

    with Gateway("https://gateway.example", timeout_s=1):
        pass
