"""Events to a webhook, over a real socket, from a real listener."""

import base64
import hashlib
import hmac

import pytest
import yaml
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from scp.cli import main
from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers.opened import session
from scp.routes import Route
from tests import receivers
from tests.receivers import SECRET
from tests.trials.traffic.exposures import exposures
from tests.unit.scp.conftest import concluded, eventually, left, send

OTHER = f"whsec_{base64.b64encode(24 * b'b').decode()}"
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.fixture
def hook():
    with receivers.webhook() as server:
        yield server


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    return tmp_path / "secret"


@pytest.fixture
def told(tmp_path, hook, secret):
    """A file of one route, to the webhook."""
    webhook = {"url": hook.url, "secret_file": str(secret)}
    route = {"name": "ris", "results": ["assessment"], "webhook": webhook}
    (tmp_path / "hooks.yaml").write_text(yaml.safe_dump({"routes": [route]}))
    return tmp_path / "hooks.yaml"


def route_to(hook, secret, **more) -> Route:
    webhook = {"url": hook.url, "secret_file": str(secret), **more}
    return Route.model_validate({"name": "ris", "results": ["assessment"], "webhook": webhook})


def events(hook) -> list[dict]:
    """What came, verified as a receiver does it."""
    return [Verifier(SECRET).verify(body, headers) for headers, body in hook.kept]


async def test_an_assessment_is_told_with_the_films_identifiers_and_as_the_api_gives_it(listen, client, hook, told):
    (film,) = exposures(1, patient="Secret")
    film.AccessionNumber = "A-77"
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, film)

    assert await concluded(service, "assessed")
    (event,) = events(hook)
    data = event["data"]
    assert (event["type"], data["outcome"], data["problem"]) == ("assessment.assessed", "assessed", None)
    assert data["film"] == {each: film[each].value for each in UIDS} | {"AccessionNumber": "A-77"}
    api = (await client.get(f"/v1/assessments/{data['assessment']['id']}")).json()
    assert {**data["assessment"], "cached": None} == {**api, "cached": None}
    assert b"Secret" not in hook.kept[0][1]


async def test_a_refused_film_is_told_with_the_reason_and_no_class(listen, client, torchserve, hook, told):
    torchserve.refuse("rotated")
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, *exposures(1))

    assert await concluded(service, "refused")
    (event,) = events(hook)
    assert event["type"] == "assessment.refused"
    assert event["data"]["assessment"]["refusal"]["reason"] == "rotated"
    assert event["data"]["assessment"]["classes"] is None


async def test_a_problem_is_told_with_the_films_identifiers(listen, client, hook, told):
    (film,) = exposures(1)
    film.PixelData = film.PixelData[:100]
    service = listen(gateway=str(client.base_url), routes=told)

    await send(service, film)

    assert await concluded(service, "failed")
    (event,) = events(hook)
    assert event["type"] == "assessment.failed"
    assert event["data"]["assessment"] is None
    assert event["data"]["problem"]["code"] == "malformed"
    assert event["data"]["problem"]["title"] == "AI result not available"
    assert event["data"]["film"]["SOPInstanceUID"] == film.SOPInstanceUID


async def test_a_file_that_nobody_can_read_is_told_too(listen, client, hook, told):
    service = listen(gateway=str(client.base_url), routes=told)
    received = service.spool.incoming / "film.dcm"
    received.write_bytes(b"Secret" + 20_000 * b"no DICOM")

    service.intake.take(received, "MODALITY")

    assert await concluded(service, "failed")
    (event,) = events(hook)
    assert (event["type"], event["data"]["problem"]["code"]) == ("assessment.failed", "unsupported-type")
    assert b"Secret" not in hook.kept[0][1]


async def test_a_receiver_that_is_away_is_told_again_under_the_same_id(listen, client, hook, told):
    hook.status = 503
    service = listen(gateway=str(client.base_url), routes=told)
    await send(service, *exposures(1))
    assert await eventually(lambda: len(hook.kept) >= 2)
    hook.status = 204

    assert await concluded(service, "assessed")

    assert len({headers["webhook-id"] for headers, _ in hook.kept}) == 1
    assert len({body for _, body in hook.kept}) == 1
    assert len(events(hook)) >= 3


async def test_what_a_receiver_refuses_is_put_aside_seen_and_sent_again_when_asked(
    listen, client, hook, told, capsys, monkeypatch
):
    hook.status = 410
    service = listen(gateway=str(client.base_url), routes=told)
    await send(service, *exposures(1))
    assert await concluded(service, "assessed")
    ((film, _, _),) = service.ledger.films()
    history = [(kind, detail) for _, kind, detail in service.ledger.history(film)]

    assert ("undelivered", {"route": "ris", "object": "assessment", "reason": "HTTP status 410"}) in history
    assert b'cxr_scp_deliveries_total{end="undelivered",route="ris"} 1.0' in service.render_metrics()
    assert service.status()["routes"]["ris"]["undelivered"] == 1
    hook.status = 204
    monkeypatch.setenv("CXR_SCP_FOLDER", str(service.settings.folder))
    monkeypatch.setenv("CXR_SCP_ROUTES", str(told))
    assert main(["resend", "--undelivered"]) == 0
    assert capsys.readouterr().out.endswith("ris: 1 queued again\n")
    assert await eventually(lambda: len(hook.kept) == 2 and not left(service))
    assert hook.kept[0][0]["webhook-id"] == hook.kept[1][0]["webhook-id"]


def test_a_signature_is_the_one_that_the_specification_says(hook, secret):
    with session(route_to(hook, secret), "CXRCASCADE") as peer:
        peer.send(b'{"id": "e-1"}')

    ((headers, body),) = hook.kept
    signed = f"e-1.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(bytes(range(24)), signed, hashlib.sha256).digest()
    assert headers["webhook-id"] == "e-1"
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_a_body_that_somebody_changed_does_not_verify(hook, secret):
    with session(route_to(hook, secret), "CXRCASCADE") as peer:
        peer.send(b'{"id": "e-1", "outcome": "refused"}')

    ((headers, body),) = hook.kept
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body.replace(b"refused", b"assessd"), headers)


def test_while_a_receiver_changes_its_secret_both_verify(hook, secret):
    secret.write_text(f"{OTHER}\n{SECRET}\n")

    with session(route_to(hook, secret), "CXRCASCADE") as peer:
        peer.send(b'{"id": "e-1"}')

    ((headers, body),) = hook.kept
    assert all(Verifier(each).verify(body, headers) == {"id": "e-1"} for each in (SECRET, OTHER))


def test_a_redirect_is_not_followed(hook, secret):
    with receivers.webhook() as elsewhere:
        hook.status, hook.headers = 307, {"Location": elsewhere.url}
        with session(route_to(hook, secret), "CXRCASCADE") as peer, pytest.raises(PeerRefusedError, match="307"):
            peer.send(b'{"id": "e-1"}')

        assert elsewhere.kept == []


def test_a_receiver_may_also_want_a_token(hook, secret, tmp_path):
    (tmp_path / "token").write_text("ours\n")

    with session(route_to(hook, secret, token_file=str(tmp_path / "token")), "CXRCASCADE") as peer:
        peer.send(b'{"id": "e-1"}')

    assert hook.kept[0][0]["authorization"] == "Bearer ours"


@pytest.mark.parametrize(
    "content", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_§", "whsec_a"]
)
def test_without_a_usable_secret_nothing_goes_out_and_the_secret_is_not_told(hook, secret, content):
    secret.write_text(content)

    with session(route_to(hook, secret), "CXRCASCADE") as peer, pytest.raises(PeerAwayError, match="secret") as told:
        peer.send(b'{"id": "e-1"}')

    assert hook.kept == []
    assert len(content) <= len("whsec_") or content not in str(told.value)
