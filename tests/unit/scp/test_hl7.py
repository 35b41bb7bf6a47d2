"""HL7 messages over MLLP, to receivers on real sockets that behave and that do not."""

import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import yaml
from hl7apy.mllp import AbstractHandler, MLLPServer
from hl7apy.parser import parse_message

from imaging.header import header
from results.oru import write_oru_problem
from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers import hl7
from scp.peers.opened import session
from scp.routes import Route
from tests import receivers
from tests.integration.pki import Authority
from tests.receivers import END, START, acknowledgement
from tests.trials.traffic.exposures import exposures
from tests.unit.results.conftest import CREATED
from tests.unit.scp.conftest import POLL_S, concluded, eventually, left, send

MESSAGE = write_oru_problem(header(next(exposures(1))), "gateway-away", CREATED)


@pytest.fixture
def ris() -> Iterator[receivers.Mllp]:
    with receivers.mllp() as server:
        yield server


@pytest.fixture
def told(tmp_path, ris):
    """A file of one route, to the receiver."""
    (tmp_path / "hl7.yaml").write_text(yaml.safe_dump({"routes": [described(ris.port)]}))
    return tmp_path / "hl7.yaml"


def described(port: int, **more: object) -> dict:
    peer = {"host": "127.0.0.1", "port": port, "application": "RIS", "facility": "St. Anna", **more}
    return {"name": "ris", "results": ["oru"], "hl7": peer}


def deliver(port: int, *messages: bytes, **more: object) -> None:
    with session(Route.model_validate(described(port, **more)), "CXRCASCADE") as peer:
        for message in messages:
            peer.send(message)


def segments(message: bytes, name: str) -> list[list[str]]:
    return [each.split("|") for each in message.decode().split("\r") if each.startswith(name)]


async def test_an_assessment_arrives_as_a_message_to_the_receiver_of_the_route(listen, client, ris, told):
    (film,) = exposures(1)
    film.AccessionNumber = "A-77"
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, film)

    assert await concluded(service, "assessed")
    (message,) = ris.kept
    (start,), (request,) = segments(message, "MSH"), segments(message, "OBR")
    assert start[4:6] == ["RIS", "St. Anna"]
    assert request[3] == "A-77"
    assert segments(message, "OBX")[0][5].startswith("assessed^")
    ((film_id, _, _),) = service.ledger.films()
    said = [(kind, detail) for _, kind, detail in service.ledger.history(film_id)]
    assert ("delivered", {"route": "ris", "object": "oru"}) in said


async def test_a_film_that_fails_is_told_as_a_film_without_a_result(listen, client, ris, told):
    (film,) = exposures(1)
    film.PixelData = film.PixelData[:100]
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, film)

    assert await concluded(service, "failed")
    (message,) = ris.kept
    first = segments(message, "OBX")[0]
    assert (first[5].split("^")[0], first[11]) == ("failed", "X")
    assert "(malformed)" in message.decode()


async def test_what_a_receiver_rejects_is_put_aside_and_the_next_one_still_goes(listen, client, ris, told):
    def reject_the_first(connection: socket.socket, message: bytes) -> None:
        code = "AR" if len(ris.kept) == 1 else "AA"
        connection.sendall(START + acknowledgement(message, code) + END)

    ris.answer = reject_the_first
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, *exposures(2))

    assert await concluded(service, "assessed", 2)
    assert len(service.outbox.undelivered("ris")) == 1
    assert b'cxr_scp_deliveries_total{end="undelivered",route="ris"} 1.0' in service.render_metrics()
    assert service.carriers[0].state.delivered == 1
    kinds = [each for film, _, _ in service.ledger.films() for each in service.ledger.history(film)]
    assert [detail["reason"] for _, kind, detail in kinds if kind == "undelivered"] == ["HL7 acknowledgement AR"]


async def test_a_receiver_that_ends_the_connection_gets_the_same_message_again(listen, client, ris, told):
    def accept_the_second(connection: socket.socket, message: bytes) -> None:
        if len(ris.kept) == 1:
            connection.close()
        else:
            connection.sendall(START + acknowledgement(message) + END)

    ris.answer = accept_the_second
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, *exposures(1))

    assert await concluded(service, "assessed")
    assert await eventually(lambda: not left(service))
    assert len(ris.kept) == 2
    assert ris.kept[0] == ris.kept[1]  # its control id, too


@pytest.mark.parametrize("code", ["AE", "AR"])
def test_an_error_or_a_rejection_is_a_refusal(ris, code):
    ris.answer = lambda connection, message: connection.sendall(START + acknowledgement(message, code) + END)

    with pytest.raises(PeerRefusedError, match=code):
        deliver(ris.port, MESSAGE)


def one_byte_at_a_time(connection: socket.socket, message: bytes) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for each in START + acknowledgement(message) + END:
        connection.sendall(bytes([each]))


def with_lines_of_another_kind(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(message).replace(b"\r", b"\r\n") + END)


def with_other_separators(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(message).replace(b"|", b"#") + END)


@pytest.mark.parametrize("answer", [one_byte_at_a_time, with_lines_of_another_kind, with_other_separators])
def test_an_acknowledgement_is_understood_however_it_comes(ris, answer):
    ris.answer = answer

    deliver(ris.port, MESSAGE, MESSAGE)

    assert len(ris.kept) == 2


def half(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(message)[:20])
    connection.shutdown(socket.SHUT_RDWR)


def of_another(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(b"|".join([b"x"] * 10)) + END)


def no_message(connection: socket.socket, message: bytes) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + END)


def unheard_of(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(message, "OK") + END)


def without_end(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + bytes(hl7.MAX_ANSWER_BYTES + 1))


@pytest.mark.parametrize("answer", [half, of_another, no_message, unheard_of, without_end])
def test_without_its_own_acknowledgement_a_message_is_not_delivered(ris, answer):
    ris.answer = answer

    with pytest.raises(PeerAwayError):
        deliver(ris.port, MESSAGE)


def test_a_receiver_that_does_not_answer_in_time_is_away(ris, monkeypatch):
    monkeypatch.setattr(hl7, "TIMEOUT_S", 0.1)
    ris.answer = lambda connection, message: None

    with pytest.raises(PeerAwayError, match="in time"):
        deliver(ris.port, MESSAGE)


def test_a_receiver_that_answers_late_but_in_time_is_waited_for(ris):
    answered = threading.Event()

    def late(connection: socket.socket, message: bytes) -> None:
        answered.wait(0.3)
        connection.sendall(START + acknowledgement(message) + END)

    ris.answer = late
    deliver(ris.port, MESSAGE)

    assert len(ris.kept) == 1


def test_nobody_at_the_address_is_away():
    with pytest.raises(PeerAwayError, match="cannot be reached"):
        deliver(9, MESSAGE)  # discard: nobody listens there


def test_over_tls_only_a_receiver_with_the_certificate_of_its_authority_gets_anything(tmp_path):
    own, other = Authority(tmp_path / "own"), Authority(tmp_path / "other")
    certificate, key = own.issue("localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    with receivers.mllp(context) as server:
        with pytest.raises(PeerAwayError, match="TLS"):
            deliver(server.port, MESSAGE, host="localhost", tls=True, tls_authority=str(other.certificate))
        deliver(server.port, MESSAGE, host="localhost", tls=True, tls_authority=str(own.certificate))

    assert len(server.kept) == 1


class _Accepting(AbstractHandler):
    """What hl7apy's server calls with each message."""

    def __init__(self, message: str, seen: list[str]) -> None:
        super().__init__(message)
        seen.append(message)

    def reply(self) -> str:
        sent = parse_message(self.incoming_message)
        answer = acknowledgement(f"|||||||||{sent.msh.msh_10.to_er7()}".encode()).decode()
        return f"\x0b{answer}\x1c\r"


def test_a_server_that_is_not_ours_understands_what_we_send():
    seen: list[str] = []
    server = MLLPServer("127.0.0.1", 0, {"ORU^R01^ORU_R01": (_Accepting, seen)})
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,))
    thread.start()
    try:
        deliver(server.server_address[1], MESSAGE)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert len(seen) == 1
