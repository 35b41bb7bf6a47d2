"""Systems prove who they are: a token of our own, tokens of an authorisation server, and what each may do."""

import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError
from structlog.testing import capture_logs

from doors.access.caller import ALL
from gateway.app import create_app
from gateway.settings import Settings
from tests import films
from tests.unit.gateway.test_objects import SAMPLE

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
OWN = "0123456789abcdef0123456789abcdef"
ISSUER, AUDIENCE = "https://login.hospital.example/realms/x", "cxr-cascade"
OPEN = {"/", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/redoc", "/docs/oauth2-redirect"}


class Issuer:
    """Signs tokens as an authorisation server does."""

    def __init__(self):
        self.key = ECKey.generate_key("P-256")

    @property
    def keys(self) -> str:
        return json.dumps({"keys": [self.key.as_dict(private=False, kid=self.key.thumbprint())]})

    def token(self, scope: str, client: str = "ris", header: dict | None = None, key=None, **claims: object) -> str:
        said = {"iss": ISSUER, "aud": AUDIENCE, "client_id": client, "exp": time.time() + 60, "scope": scope} | claims
        told = {"alg": "ES256", "kid": self.key.thumbprint(), "typ": "at+jwt"} | (header or {})
        return jwt.encode(told, {name: value for name, value in said.items() if value is not None}, key or self.key)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "token"
    path.write_text(OWN + "\n")
    return path


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
async def signed(start, issuer, tmp_path):
    """A gateway that takes the issuer's tokens."""
    (tmp_path / "keys.json").write_text(issuer.keys)
    return await start(jwks=str(tmp_path / "keys.json"), token_issuer=ISSUER, token_audience=AUDIENCE)


async def test_nothing_but_what_tells_of_no_film_is_open(start, own):
    client = await start(token_file=own)
    described = (await client.get("/openapi.json")).json()["paths"]
    routes = [(method, path) for path, methods in described.items() for method in methods]
    statuses = {}
    for method, path in routes:
        sent = re.sub(r"\{[^}]*\}", "1", path)
        statuses[method, path] = (await client.request(method.upper(), sent)).status_code

    assert {path for (_, path), status in statuses.items() if status != 401} <= OPEN
    assert sum(status == 401 for status in statuses.values()) > 10
    assert (await client.get("/v1/other")).status_code == 401
    assert (await client.get("/docs")).status_code == 200


async def test_who_has_our_own_token_may_do_everything(start, own):
    client = await start(token_file=own)
    body = (await client.post(PATH, content=SAMPLE.read_bytes(), headers=bearer(OWN))).json()

    assert body["outcome"] == "assessed"
    for name in ("", "/header", "/sr.dcm", "/radiograph.png"):
        assert (await client.get(f"{PATH}/{body['id']}{name}", headers=bearer(OWN))).status_code == 200
    assert (await client.get(PATH, headers=bearer(OWN))).status_code == 200


@pytest.mark.parametrize("sent", [None, "Bearer wrong", "Bearer", "Basic dXNlcjpwYXNz", "Bearer \xe9", OWN])
async def test_who_does_not_prove_who_they_are_is_told_how_and_nothing_else(start, own, torchserve, sent):
    client = await start(token_file=own)
    headers = PNG | ({"Authorization": sent.encode("latin-1")} if sent else {})

    response = await client.post(PATH, content=films.png(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith('Bearer realm="cxr"')
    assert response.headers["content-type"] == "application/problem+json"
    assert torchserve.asked == []


async def test_the_token_can_be_changed_while_the_gateway_runs(start, own):
    client = await start(token_file=own)
    other = OWN[::-1]
    own.unlink()
    own.write_text(other)

    assert (await client.get(PATH, headers=bearer(OWN))).status_code == 401
    assert (await client.get(PATH, headers=bearer(other))).status_code == 200
    own.unlink()
    assert (await client.get(PATH, headers=bearer(other))).status_code == 401


async def test_a_caller_sees_its_own_assessments_unless_it_may_read_everybodys(signed, issuer):
    first, other = (bearer(issuer.token("films:write results:read", client)) for client in ("ris", "pacs"))
    reader = bearer(issuer.token("results:read feed:read", "room"))
    id_ = (await signed.post(PATH, content=films.png(), headers=PNG | first)).json()["id"]

    async def statuses(name):
        return [(await signed.get(f"{PATH}/{id_}{name}", headers=each)).status_code for each in (first, other, reader)]

    assert await statuses("") == [200, 404, 200]
    assert await statuses("/radiograph.png") == [200, 404, 200]
    assert await statuses("/fhir") == [200, 404, 200]
    unknown = (await signed.get(f"{PATH}/{id_[:-1]}0", headers=other)).json()
    assert (await signed.get(f"{PATH}/{id_}", headers=other)).json()["detail"] == unknown["detail"]


async def test_an_assessment_that_still_runs_is_its_callers_too(signed, issuer):
    mine, other = (bearer(issuer.token("films:write results:read", client)) for client in ("ris", "pacs"))
    later = {"Prefer": "respond-async"}
    location = (await signed.post(PATH, content=films.png(), headers=PNG | later | mine)).headers["location"]

    assert (await signed.get(location, headers=other)).status_code == 404
    assert (await signed.get(location, headers=mine)).status_code in (200, 202)


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("POST", PATH, "films:write"),
        ("POST", "/dicomweb/studies", "films:write"),
        ("GET", PATH, "feed:read"),
        ("GET", f"{PATH}/x", "results:read"),
        ("GET", f"{PATH}/x/sr.dcm", "results:read"),
        ("HEAD", f"{PATH}/x/radiograph.png", "results:read"),
        ("GET", f"{PATH}/x/header", "header:read"),
        ("GET", "/dicomweb/studies", "feed:read"),
        ("GET", "/v1/top", "top:read"),
    ],
)
async def test_each_route_needs_its_own_scope(signed, issuer, method, path, right):
    others = " ".join(sorted(ALL - {right}))
    without = await signed.request(method, path, headers=bearer(issuer.token(others)))
    having = await signed.request(method, path, headers=bearer(issuer.token(right)))

    assert without.status_code == 403
    assert f'error="insufficient_scope", scope="{right}"' in without.headers["www-authenticate"]
    assert having.status_code not in (401, 403)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"nbf": 2**32},
        {"client_id": None, "sub": None},
        {"client_id": "cxr-cascade"},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_and_now_is_not_taken(signed, issuer, claims):
    response = await signed.get(PATH, headers=bearer(issuer.token("feed:read", **claims)))

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_a_token_that_another_key_signed_is_not_taken_nor_one_that_none_did(signed, issuer):
    foreign = issuer.token("feed:read", key=ECKey.generate_key("P-256"))
    header, claims, _ = issuer.token("feed:read").split(".")
    secret = OctKey.import_key(issuer.keys)
    confused = jwt.encode({"alg": "HS256"}, jwt.decode(issuer.token("feed:read"), issuer.key).claims, secret)
    none = "eyJhbGciOiJub25lIn0"
    for token in (foreign, f"{header}.{claims}.", f"{none}.{claims}.", confused, "a.b.c", "x" * 5000):
        assert (await signed.get(PATH, headers=bearer(token))).status_code == 401, token[:40]


@pytest.mark.parametrize("claims", [{"aud": ["x", AUDIENCE]}, {"scope": None, "scp": ["feed:read"]}])
async def test_other_forms_of_audience_and_scopes_are_understood(signed, issuer, claims):
    assert (await signed.get(PATH, headers=bearer(issuer.token(**{"scope": "feed:read"} | claims)))).status_code == 200


@pytest.fixture
def served():
    """An address from which keys come, and what is asked there."""

    class Handler(BaseHTTPRequestHandler):
        keys, asked = "", 0

        def do_GET(self):
            Handler.asked += 1
            self.send_response(200 if Handler.keys else 503)
            self.end_headers()
            self.wfile.write(Handler.keys.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Handler, f"http://127.0.0.1:{server.server_address[1]}/keys"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_keys_come_from_an_address_and_a_new_one_is_found_but_strangers_do_not_make_us_ask(
    start, issuer, served, monkeypatch
):
    handler, url = served
    handler.keys = issuer.keys
    client = await start(jwks=url, token_issuer=ISSUER, token_audience=AUDIENCE)
    assert (await client.get(PATH, headers=bearer(issuer.token("feed:read")))).status_code == 200

    renewed = Issuer()
    handler.keys = renewed.keys
    for _ in range(3):
        assert (await client.get(PATH, headers=bearer(renewed.token("feed:read")))).status_code == 401
    assert handler.asked == 1

    monkeypatch.setattr("doors.access.keys.AGAIN_S", 0.0)
    assert (await client.get(PATH, headers=bearer(renewed.token("feed:read")))).status_code == 200
    assert (await client.get(PATH, headers=bearer(issuer.token("feed:read")))).status_code == 401


async def test_without_keys_the_caller_is_asked_to_come_again(start, issuer, served):
    _, url = served
    client = await start(jwks=url, token_issuer=ISSUER, token_audience=AUDIENCE)

    response = await client.get(PATH, headers=bearer(issuer.token("feed:read")))

    assert (response.status_code, response.json()["code"]) == (503, "keys-unavailable")
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "gateway"])  # noqa: S104 - what must not be open
def test_not_on_loopback_it_does_not_start_open(host, own):
    with pytest.raises(ValidationError, match="CXR_TOKEN_FILE"):
        Settings(host=host)
    assert Settings(host=host, token_file=own).closed


@pytest.mark.parametrize(
    "settings",
    [
        {"jwks": "keys.json"},
        {"jwks": "keys.json", "token_issuer": ISSUER},
        {"clients": __file__},
        {"clients": __file__, "tls_clients": __file__},
    ],
    ids=str,
)
def test_half_a_proof_is_none(settings):
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_keys_are_not_taken_from_an_address_that_anybody_can_pretend_to_be(own):
    with pytest.raises(ValueError, match="HTTPS"):
        create_app(Settings(jwks="http://login.example/keys", token_issuer=ISSUER, token_audience=AUDIENCE))


def test_a_token_that_can_be_guessed_is_refused(tmp_path):
    (tmp_path / "token").write_text("secret")
    with pytest.raises(ValueError, match="32 characters"):
        create_app(Settings(token_file=tmp_path / "token"))


async def test_the_callers_name_is_in_the_log_and_its_token_is_not(signed, issuer):
    token = issuer.token("feed:read", "ris-7")
    with capture_logs() as lines:
        await signed.get(PATH, headers=bearer(token))

    (line,) = [each for each in lines if each["event"] == "request"]
    assert (line["caller"], line["path"], line["status"]) == ("ris-7", PATH, 200)
    assert token not in str(lines)


async def test_one_who_may_only_send_films_learns_nothing_of_others(signed, issuer):
    sender = bearer(issuer.token("films:write", "modality"))
    body = (await signed.post(PATH, content=films.png(), headers=PNG | sender)).json()

    assert body["outcome"] == "assessed"
    assert (await signed.get(f"{PATH}/{body['id']}", headers=sender)).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
async def test_a_name_that_was_made_to_lead_here_gets_nothing(client, torchserve, host):
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", "/docs")):
        response = await client.request(method, path, headers={"Host": host})
        assert (response.status_code, response.json()["code"]) == (421, "host")
    assert (await client.get("/livez", headers={"Host": host})).status_code == 200
    assert torchserve.asked == []


async def test_a_gateway_of_the_network_answers_to_its_own_names(start, own):
    client = await start(token_file=own, hosts="cxr.hospital.example, cxr")

    asked = {
        name: (await client.get("/docs", headers={"Host": name})).status_code
        for name in ("cxr", "CXR.hospital.example:8000", "other")
    }

    assert asked == {"cxr": 200, "CXR.hospital.example:8000": 200, "other": 421}


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["image/png", "text/plain", "multipart/form-data; boundary=x"])
async def test_a_page_of_another_site_gets_no_film_in(client, torchserve, sent, kind):
    response = await client.post(PATH, content=films.png(), headers={"Content-Type": kind} | sent)

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert torchserve.asked == []


async def test_pages_of_the_named_origins_may(start):
    client = await start(cors_origins="https://viewer.example")
    sent = PNG | {"Origin": "https://viewer.example", "Sec-Fetch-Site": "cross-site"}

    assert (await client.post(PATH, content=films.png(), headers=sent)).json()["outcome"] == "assessed"
    other = await client.post(PATH, content=films.png(), headers=sent | {"Origin": "https://other.example"})
    assert other.status_code == 403
