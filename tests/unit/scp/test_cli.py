import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml

from scp import acceptance
from scp.cli import main
from scp.conformance import statement
from scp.errors import PeerAwayError, PeerRefusedError
from scp.films import Film
from scp.ledger import Ledger
from scp.peers.opened import session
from scp.routes import Route, read_routes
from scp.spool import Spool
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import POLL_S, write_routes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A listener's folder with one dead letter."""
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path))
    film = part10(next(exposures(1)))
    known, spool = Film.of(film), Spool(tmp_path, 10**9, 0, 10)
    (spool.incoming / "film.dcm").write_bytes(film)
    spool.keep(spool.incoming / "film.dcm", known.id)
    book = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    book.receive(known, "CR1")
    book.conclude(known.id, "failed", [], code="malformed")
    book.close()
    spool.bury(known.id, "malformed")
    return tmp_path


def test_status_tells_what_waits_and_why_films_are_dead(folder, capsys):
    assert main(["status"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["waiting"], list(told["dead"].values()), told["films"]["failed"]) == (0, ["malformed"], 1)


def test_ledger_tells_all_that_happened_to_a_film(folder, capsys):
    sop_instance_uid = next(exposures(1)).SOPInstanceUID

    assert main(["ledger", sop_instance_uid]) == 0
    told = capsys.readouterr().out

    assert [word for word in ("received", "CR1", "failed", "malformed") if word not in told] == []
    assert main(["ledger", "--state", "assessed"]) == 0
    assert capsys.readouterr().out == ""


def test_dead_letters_can_be_made_to_wait_again(folder, capsys):
    assert main(["resend", "--dead"]) == 0

    assert capsys.readouterr().out == "1 films wait again\n"
    assert len(list((folder / "waiting").iterdir())) == 1


def test_conformance_statement_can_be_printed(capsys):
    assert main(["conformance"]) == 0

    assert capsys.readouterr().out == statement()


def test_what_the_listener_accepts_is_what_the_gateway_reads():
    from imaging.dicom import SOP_CLASSES

    assert set(acceptance.SOP_CLASSES) == set(SOP_CLASSES)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves sockets to chance
def test_peer_that_cannot_be_reached_is_told_in_a_sentence(folder, capsys, monkeypatch):
    monkeypatch.setenv("CXR_SCP_ROUTES", str(write_routes(folder / "routes.yaml", 9)))

    assert main(["reconcile"]) == 1

    assert capsys.readouterr().err == "scp: the peer cannot be reached\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("routes: [{name: pacs, results: [sr]}]", "exactly one of dicom, dicomweb, fhir"),
        ("routes: [{name: pacs, results: [pdf], fhir: {url: 'http://x'}}]", "Input should be 'sr'"),
        (
            "routes: [{name: pacs, results: [sr], fhir: {url: 'http://x'}}]",
            "takes the results fhir, amendment, not sr",
        ),
        ("routes: [{name: 'a/b', results: [fhir], fhir: {url: 'http://x'}}]", "routes.0.name"),
        ("routes: [{name: a, results: [fhir], fhir: {url: 'http://x'}, colour: red}]", "colour"),
        ("routes: [{name: a, results: [assessment], webhook: {url: 'http://x'}}]", "secret_file: Field required"),
        (
            "routes: [{name: a, results: [sr], webhook: {url: 'http://x', secret_file: x}}]",
            "takes the results assessment",
        ),
        ("routes: [{name: a, results: [oru], hl7: {host: h, port: 1, application: 'A|B'}}]", "hl7.application"),
        ("routes: [", "while parsing"),
        (
            yaml.safe_dump({"routes": 2 * [{"name": "a", "results": ["fhir"], "fhir": {"url": "http://x"}}]}),
            "the same name",
        ),
    ],
)
def test_file_of_routes_that_is_wrong_is_refused_with_the_place(tmp_path, text, wrong):
    (tmp_path / "routes.yaml").write_text(text)

    with pytest.raises(ValueError, match=wrong):
        read_routes(tmp_path / "routes.yaml")


def test_settings_that_do_not_fit_are_told_by_name(folder, capsys, monkeypatch):
    monkeypatch.setenv("CXR_SCP_WORKERS", "none")

    assert main(["status"]) == 1

    assert "CXR_SCP_WORKERS" in capsys.readouterr().err


@pytest.fixture
def record():
    """A FHIR server that answers as it is told, and what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        status, sent = 201, []

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.sent.append((self.path, self.headers["Authorization"], self.headers["Content-Type"], body))
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(POLL_S,)).start()
    yield server
    server.shutdown()
    server.server_close()


def test_fhir_server_is_sent_the_bundle_with_the_token_of_today(record, tmp_path):
    (tmp_path / "token").write_text("secret\n")
    url = f"http://127.0.0.1:{record.server_port}/r4"
    fhir = {"url": url, "token_file": str(tmp_path / "token")}
    route = Route.model_validate({"name": "record", "results": ["fhir"], "fhir": fhir})

    with session(route, "CXRCASCADE") as peer:
        peer.send(b"{}")
        record.RequestHandlerClass.status = 503
        with pytest.raises(PeerAwayError, match="503"):
            peer.send(b"{}")
        record.RequestHandlerClass.status = 422
        with pytest.raises(PeerRefusedError, match="422"):
            peer.send(b"{}")

    assert record.RequestHandlerClass.sent[0] == ("/r4/Bundle", "Bearer secret", "application/fhir+json", b"{}")
