"""TLS from the client through the gateway to the stages and to Valkey, with certificates as cert-manager makes them.

One TorchServe holds all three models here: TLS is the server's, not the model's.
"""

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from client.token import Token, of_environment
from local.places import ROOT
from local.ports import LOOPBACK, Ports
from local.valkey import valkey_server
from tests.integration.conftest import PATH, SAMPLES, Gateway
from tests.integration.pki import Authority
from tests.integration.processes import Process, ending, gateway, torchserve
from vocabulary.stages import STAGES

HOST = "localhost"
PASSWORD = "known-to-this-test-only"  # noqa: S105 - as it says


class Site:
    """An authority, a TorchServe and a Valkey that show its certificates, and gateways to try."""

    def __init__(self, folder: Path, archives: Path, processes: list[Process]) -> None:
        self.folder, self.processes, self.ports = folder, processes, Ports.free()
        self.ours, self.others = Authority(folder / "ours"), Authority(folder / "others")
        self.certificate, self.key = self.ours.issue(HOST)
        self.plain = self.ports.door  # nobody else's here
        processes += [self._torchserve(archives), self._valkey(), self._terminator()]

    def _torchserve(self, archives: Path) -> Process:
        free = self.ports.stages["classifier"]
        env = {
            "TS_GRPC_INFERENCE_PORT": str(free.grpc),
            "TS_INFERENCE_ADDRESS": f"http://{LOOPBACK}:{free.http}",
            "TS_METRICS_ADDRESS": f"http://{LOOPBACK}:{free.metrics}",
            "TS_ENABLE_GRPC_SSL": "true",
            "TS_CERTIFICATE_FILE": str(self.certificate),
            "TS_PRIVATE_KEY_FILE": str(self.key),
        }
        return torchserve(self.folder / "torchserve", archives, STAGES, env)

    def _valkey(self) -> Process:
        port = ("--port", str(self.plain), "--bind", LOOPBACK)
        return Process([valkey_server({}), *port, "--requirepass", PASSWORD, "--save", ""], {}, self.folder / "valkey")

    def _terminator(self) -> Process:
        program = Path(__file__).parent / "terminator.py"
        ports = (str(self.ports.valkey), str(self.plain))
        return Process([sys.executable, program, *ports, self.certificate, self.key], {}, self.folder / "terminator")

    def redis(self, authority: Authority) -> str:
        """Where Valkey is, for who trusts an authority; as in deploy/kubernetes/components/tls."""
        return f"rediss://:{PASSWORD}@{HOST}:{self.ports.valkey}/0?ssl_ca_certs={authority.certificate}"

    @contextmanager
    def gateway(self, name: str, ready: Callable[[dict], bool], **env: str) -> Iterator[Gateway]:
        """A client of a gateway with TLS, when what it says of its health is as wanted."""
        port = Ports.free().gateway
        stages = dict.fromkeys((f"CXR_{stage.upper()}" for stage in STAGES), self.stage(HOST))
        own = {"CXR_TLS_CERTIFICATE": str(self.certificate), "CXR_TLS_KEY": str(self.key)}
        process = gateway(self.folder / name, port, stages | own | env)
        self.processes.append(process)
        trusted = ssl.create_default_context(cafile=self.ours.certificate)
        with Gateway(base_url=f"https://{HOST}:{port}", timeout=30, verify=trusted, auth=of_environment()) as client:

            def answers() -> bool:
                try:
                    return ready(client.get("/readyz").json())
                except httpx.TransportError:
                    return False

            process.until(answers)
            yield client

    def service(self, name: str, prefix: str, **settings: object) -> Process:
        """Another of our services, which shows the certificate on its HTTP port."""
        folder = self.folder / name
        tls = {"certificate": self.certificate, "key": self.key}
        own = {f"{prefix}TLS_{part.upper()}": path for part, path in tls.items()} | settings
        env = {variable: str(value) for variable, value in own.items()} | {"PYTHONPATH": str(ROOT / "services")}
        process = Process([sys.executable, "-m", name, "serve"], env, folder)
        self.processes.append(process)
        return process

    def stage(self, host: str) -> str:
        """Where the stages are."""
        scheme = "dns:///" if host == HOST else ""
        return f"{scheme}{host}:{self.ports.stages['classifier'].grpc}"


@pytest.fixture(scope="module")
def site(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ending() as processes:
        yield Site(tmp_path_factory.mktemp("tls"), archives, processes)


def test_a_film_is_assessed_and_kept_with_tls_all_the_way(site: Site) -> None:
    env = {"CXR_STAGE_CA": str(site.ours.certificate), "CXR_REDIS": site.redis(site.ours)}
    with site.gateway("trusting", lambda health: health["ready"] and health["redis"], **env) as client:
        first = client.assess(SAMPLES / "normal.png").json()
        again = client.assess(SAMPLES / "normal.png").json()

    assert (first["outcome"], first["cached"], again["cached"]) == ("assessed", False, True)


def test_another_authority_is_not_believed_neither_of_stages_nor_of_valkey(site: Site) -> None:
    env = {"CXR_STAGE_CA": str(site.others.certificate), "CXR_REDIS": site.redis(site.others)}
    with site.gateway("distrusting", lambda health: True, **env) as client:
        response = client.assess(SAMPLES / "normal.png")
        health = client.get("/readyz").json()

    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")
    assert "retry-after" in response.headers
    assert (health["ready"], health["redis"]) == (False, False)


@pytest.mark.parametrize("authority", ["ours", None], ids=["a name that is not the certificate's", "in the clear"])
def test_a_stage_is_not_asked(site: Site, authority: str | None) -> None:
    env = {f"CXR_{stage.upper()}": site.stage(LOOPBACK if authority else HOST) for stage in STAGES}
    if authority:
        env["CXR_STAGE_CA"] = str(site.ours.certificate)
    with site.gateway(f"asking-{authority}", lambda health: True, **env) as client:
        response = client.assess(SAMPLES / "normal.png")

    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")


def test_a_client_that_does_not_trust_the_gateways_authority_sends_nothing(site: Site) -> None:
    other = ssl.create_default_context(cafile=site.others.certificate)
    with site.gateway("shown", lambda health: True) as client, pytest.raises(httpx.ConnectError):
        httpx.get(f"{client.base_url}/livez", verify=other)


def test_a_client_certificate_says_who_comes_and_the_file_of_clients_what_they_may(site: Site) -> None:
    clients = site.folder / "clients.yaml"
    clients.write_text(yaml.safe_dump({"clients": {"ris": {"scopes": ["films:write", "results:read"]}}}))
    env = {"CXR_STAGE_CA": str(site.ours.certificate), "CXR_REDIS": site.redis(site.ours)}
    env |= {"CXR_TLS_CLIENTS": str(site.ours.certificate), "CXR_CLIENTS": str(clients)}
    film = (SAMPLES / "normal.png").read_bytes()

    def asking(url: str, name: str | None, authority: Authority) -> httpx.Client:
        trusted = ssl.create_default_context(cafile=site.ours.certificate)
        if name:
            trusted.load_cert_chain(*authority.issue(name))
        return httpx.Client(base_url=url, timeout=30, verify=trusted, headers={"Content-Type": "image/png"})

    with site.gateway("certified", lambda health: health["ready"], **env) as client:
        url = str(client.base_url)
        with asking(url, "ris", site.ours) as ris:
            body = ris.post(PATH, content=film).json()
            fetched = ris.get(f"{PATH}/{body['id']}").status_code
            feed = ris.get(PATH).status_code
        with asking(url, "stranger", site.ours) as stranger:
            unknown = stranger.post(PATH, content=film).json()
        with asking(url, None, site.ours) as nobody:
            without = nobody.post(PATH, content=film).json()
            alive = nobody.get("/livez").status_code
        with asking(url, "ris", site.others) as forged, pytest.raises(httpx.TransportError):
            forged.post(PATH, content=film)

    assert (body["outcome"], fetched, feed) == ("assessed", 200, 403)
    assert [unknown["code"], without["code"], alive] == ["unauthenticated", "unauthenticated", 200]


def test_the_listener_is_asked_by_tls_and_by_no_other_authoritys(site: Site) -> None:
    token = site.folder / "token"
    token.write_text("a token of this test, which is long enough")
    http, dicom = Ports.free().door, Ports.free().scp
    own = {
        "CXR_SCP_HTTP_PORT": http,
        "CXR_SCP_PORT": dicom,
        "CXR_SCP_FOLDER": site.folder / "films",
        "CXR_SCP_TOKEN_FILE": token,
    }
    listener = site.service("scp", "CXR_SCP_HTTP_", **own)
    trusted = ssl.create_default_context(cafile=site.ours.certificate)
    listener.until(lambda: reached(f"https://{HOST}:{http}/livez", trusted))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{HOST}:{http}/livez")

    def studies(name: str, authority: Authority) -> int:
        env = {
            "CXR_LISTENER": f"https://{HOST}:{http}",
            "CXR_LISTENER_CA": str(authority.certificate),
            "CXR_TOKEN_FILE": str(token),
        }
        with site.gateway(name, lambda health: True, **env) as client:
            return client.get(
                "/dicomweb/studies", auth=Token(token), headers={"Accept": "application/dicom+json"}
            ).status_code

    assert studies("passing-on", site.ours) in (200, 204)
    assert studies("not-passing-on", site.others) == 429, "as while the listener is away"


def test_the_reading_room_shows_its_own_certificate(site: Site) -> None:
    port = Ports.free().review
    room = site.service(
        "review", "REVIEW_", REVIEW_PORT=port, REVIEW_FOLDER=site.folder / "readings", REVIEW_FEED="false"
    )
    trusted = ssl.create_default_context(cafile=site.ours.certificate)

    room.until(lambda: reached(f"https://{HOST}:{port}/livez", trusted))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{HOST}:{port}/livez")


def reached(url: str, trusted: ssl.SSLContext) -> bool:
    try:
        return httpx.get(url, verify=trusted).status_code == 200
    except httpx.TransportError:
        return False
