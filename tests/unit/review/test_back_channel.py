"""Out at the hospital's provider, out here: log-out tokens, good and bad, from a real provider with real signatures."""

import time

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from review.door import back_channel
from review.people import Login, LogOutToken
from tests.unit.review.provider import LOG_OUT, Provider
from tests.unit.review.room import on_sqlite
from tests.unit.review.test_oidc import come, signed_by_somebody_else, signed_with_the_public_key, unsigned

PATH = "/log-in/oidc/back-channel"


@pytest.fixture
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture
def room(tmp_path, provider):
    with on_sqlite(tmp_path, **provider.settings()) as room:
        yield room


def told(room, token, **headers):
    """The provider's own server says it: without a cookie, from no page."""
    return room.browser("10.2.2.2").post(PATH, data={"logout_token": token}, headers=headers)


def entered(room, provider, sid=None):
    """A browser with a session, of a session at the provider where it says one."""
    provider.claims = {"sid": sid}
    browser, answer = come(room, provider)
    assert answer.status_code == 303
    return browser


def test_who_logs_out_at_the_provider_is_out_here(room, provider):
    browser = entered(room, provider)
    answer = told(room, provider.log_out_token())
    assert answer.status_code == 200 and answer.content == b"" and answer.headers["cache-control"] == "no-store"
    assert browser.get("/").status_code == 401
    (row,) = room.audited("log_out")
    assert row.reader_id == room.found("ada").id
    assert row.detail == {"way": "back-channel", "ended": 1, "address": "10.2.2.2"}


def test_of_several_sessions_at_the_provider_the_one_that_is_named_ends(room, provider):
    office, home, unnamed = entered(room, provider, "office"), entered(room, provider, "home"), entered(room, provider)
    assert told(room, provider.log_out_token(sid="office")).status_code == 200
    assert [each.get("/").status_code for each in (office, home, unnamed)] == [401, 200, 200]
    assert told(room, provider.log_out_token(sid="home", sub=None)).status_code == 200
    assert [each.get("/").status_code for each in (home, unnamed)] == [401, 200]
    assert [row.reader_id for row in room.audited("log_out")] == [room.found("ada").id] * 2
    assert told(room, provider.log_out_token()).status_code == 200
    assert unnamed.get("/").status_code == 401


def test_the_database_does_not_have_the_providers_session(room, provider):
    entered(room, provider, "office")
    with room.sessions() as session:
        kept = session.scalars(select(Login.provider_session)).one()
    assert len(kept) == 64 and "office" not in kept


def test_nobody_else_is_logged_out(room, provider):
    local = room.entered("bob")
    ada = entered(room, provider, "office")
    provider.person = provider.person | {"sub": "another", "preferred_username": "eve"}
    eve = entered(room, provider, "desk")
    assert told(room, provider.log_out_token(sub="another")).status_code == 200
    assert told(room, provider.log_out_token(sub="another", sid="office")).status_code == 200  # not of that person
    assert [each.get("/").status_code for each in (local, ada, eve)] == [200, 200, 401]


def test_who_is_not_here_has_logged_out_already(room, provider):
    assert told(room, provider.log_out_token(sub="nobody")).status_code == 200
    assert told(room, provider.log_out_token(sub=None, sid="nothing")).status_code == 200


def test_a_token_is_taken_once(room, provider):
    token = provider.log_out_token()
    assert told(room, token).status_code == 200
    browser = entered(room, provider)
    answer = told(room, token)
    assert answer.status_code == 400 and "already" in answer.json()["error_description"]
    assert browser.get("/").status_code == 200


def test_tokens_that_could_not_be_taken_again_are_forgotten(room, provider):
    told(room, provider.log_out_token())
    room.shift(LogOutToken, "expires", back_channel.OLDEST * 2)
    told(room, provider.log_out_token())
    with room.sessions() as session:
        assert len(session.scalars(select(LogOutToken)).all()) == 1


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another application"},
        {"aud": None},
        {"iat": None},
        {"iat": NOW + 3600},
        {"iat": NOW - 3600},
        {"iat": "yesterday"},
        {"exp": NOW - 120},
        {"exp": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {LOG_OUT: True}},
        {"events": LOG_OUT},
        {"sub": None},
        {"sub": "", "sid": ""},
        {"sub": 7},
        {"sid": 7},
        {"nonce": "x"},
    ],
)
def test_a_token_with_a_wrong_claim_ends_nothing(room, provider, claims):
    browser = entered(room, provider, "office")
    answer = told(room, provider.log_out_token(**claims))
    assert answer.status_code == 400 and answer.headers["cache-control"] == "no-store"
    assert answer.json()["error"] == "invalid_request" and answer.json()["error_description"]
    assert browser.get("/").status_code == 200 and room.audited("log_out") == []


@pytest.mark.parametrize("forge", [unsigned, signed_with_the_public_key, signed_by_somebody_else])
def test_a_token_that_the_provider_did_not_sign_ends_nothing(room, provider, forge):
    browser = entered(room, provider)
    forge(provider)
    assert told(room, provider.log_out_token()).status_code == 400
    assert browser.get("/").status_code == 200


def test_an_id_token_is_no_log_out_token_nor_anything_else(room, provider):
    browser = entered(room, provider)
    for token in (provider.id_token("nonce"), "", "x", "a.b.c"):
        assert told(room, token).status_code == 400
    assert room.browser().post(PATH).status_code == 400
    assert browser.get("/").status_code == 200


def test_a_page_of_another_site_gets_nobody_logged_out_not_even_with_a_good_token(room, provider):
    browser = entered(room, provider)
    token = provider.log_out_token()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert told(room, token, **headers).status_code == 403
    assert browser.get("/").status_code == 200
    assert told(room, token).status_code == 200


def test_the_providers_server_may_send_to_that_address_alone(room, provider):
    token = provider.log_out_token()
    for path in ("/log-out", "/account/sessions/end", "/say"):
        assert room.browser().post(path, data={"logout_token": token}).status_code == 401


def test_the_provider_is_asked_for_its_keys_once_whatever_is_sent(room, provider, monkeypatch):
    asked = []
    about = provider.discovery
    monkeypatch.setattr(provider, "discovery", lambda: asked.append(1) or about())
    with back_channel._keys.cache.timer:  # stands still
        for _ in range(10):
            told(room, provider.log_out_token(aud="another"))
    assert len(asked) == 1


def test_a_provider_that_cannot_be_asked_is_told_that_it_failed(room, provider):
    token = provider.log_out_token()
    provider.stop()
    answer = told(room, token)
    assert answer.status_code == 400 and "does not answer" in answer.json()["error_description"]


def test_there_is_nothing_to_log_out_of_where_the_settings_have_no_provider(tmp_path):
    with on_sqlite(tmp_path) as room:
        assert told(room, "x").status_code == 404


def test_a_key_that_the_provider_has_changed_is_found_after_a_while(room, provider):
    with back_channel._keys.cache.timer:  # stands still
        told(room, provider.log_out_token())
        provider.key = RSAKey.generate_key(2048, auto_kid=True)
        provider.keys.keys[:] = [provider.key]
        provider.header = {"alg": "RS256", "kid": provider.key.kid}
        token = provider.log_out_token()
        assert told(room, token).status_code == 400
    back_channel._keys.cache.clear()  # as time does
    assert told(room, token).status_code == 200
