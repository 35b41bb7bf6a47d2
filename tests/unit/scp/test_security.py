"""TLS, and who may send."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pynetdicom import AE

from scp.senders import Senders
from tests.unit.scp.conftest import still_open

pytestmark = [
    # pynetdicom leaves the sockets of connections that came to nothing to chance, and stumbles where it ends one.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

Make = Callable[[str], tuple[Path, Path]]


@pytest.fixture
def certificate(tmp_path: Path) -> Make:
    """Makes a certificate of its own authority, and its key, as PEM files."""

    def make(name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        paths = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        paths[1].write_bytes(key.private_bytes(pem, pkcs8, plain))
        return paths

    return make


def echo(port: int, context: ssl.SSLContext | None) -> bool:
    """Whether a C-ECHO is answered."""
    entity = AE("MODALITY")
    entity.acse_timeout = entity.network_timeout = 5
    entity.add_requested_context("1.2.840.10008.1.1")
    tls = (context, "localhost") if context else None
    association = entity.associate("127.0.0.1", port, ae_title="CXRCASCADE", tls_args=tls)
    if not association.is_established:
        return False
    answered = association.send_c_echo().get("Status") == 0
    association.release()
    return answered


async def test_with_a_certificate_only_tls_is_spoken(listen, certificate):
    chain, key = certificate("listener")
    service = listen(tls_certificate=chain, tls_key=key)

    assert await asyncio.to_thread(echo, service.dicom_port, ssl.create_default_context(cafile=chain))
    assert not await asyncio.to_thread(echo, service.dicom_port, None)


async def test_with_an_authority_only_clients_with_its_certificate_may_connect(listen, certificate):
    chain, key = certificate("listener")
    known, known_key = certificate("modality")
    stranger, stranger_key = certificate("stranger")
    service = listen(tls_certificate=chain, tls_key=key, tls_clients=known)

    answers = []
    for own in ((known, known_key), (stranger, stranger_key), None):
        context = ssl.create_default_context(cafile=chain)
        if own:
            context.load_cert_chain(*own)
        answers.append(await asyncio.to_thread(echo, service.dicom_port, context))

    assert answers == [True, False, False]


async def test_a_client_that_does_not_shake_hands_keeps_nobody_out(listen, certificate):
    chain, key = certificate("listener")
    service = listen(tls_certificate=chain, tls_key=key)
    with socket.create_connection(("127.0.0.1", service.dicom_port)) as silent:
        assert await asyncio.to_thread(echo, service.dicom_port, ssl.create_default_context(cafile=chain))
        assert still_open(silent)


@pytest.mark.parametrize(
    ("peers", "title", "address", "allowed"),
    [
        ("", "ANY", "1.2.3.4", True),
        ("CR1", "CR1", "1.2.3.4", True),
        ("CR1", "CR2", "1.2.3.4", False),
        ("CR1@10.0.0.1, CR1@10.0.0.2,CR2", "CR1", "10.0.0.2", True),
        ("CR1@10.0.0.1, CR1@10.0.0.2,CR2", "CR1", "10.0.0.3", False),
        ("CR1@10.0.0.1, CR1@10.0.0.2,CR2", "CR2", "10.0.0.3", True),
        ("PACS@10.20.0.0/16", "PACS", "10.20.255.1", True),
        ("PACS@10.20.0.0/16", "PACS", "10.21.0.1", False),
        ("PACS@10.20.0.0/16", "PACS", "::ffff:10.20.0.7", True),
        ("CR1@2001:db8::/32", "CR1", "2001:db8::7", True),
        ("CR1@2001:db8::/32", "CR1", "10.0.0.1", False),
    ],
)
def test_peers_are_known_by_title_and_address(peers, title, address, allowed):
    assert Senders.of(peers).allow(title, address) is allowed
