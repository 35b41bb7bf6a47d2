"""In with a hospital account: against a real provider over real HTTP, with real signatures, good and bad."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from tests.unit.review.provider import Provider
from tests.unit.review.room import PASSWORD, on_sqlite


@pytest.fixture
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture
def room(tmp_path, provider):
    with on_sqlite(tmp_path, oidc_name="Example Hospital account", **provider.settings()) as room:
        yield room


def come(room, provider, browser=None, next="/"):
    """The whole way: to the provider and back."""
    browser = browser or room.browser()
    begun = browser.get("/log-in/oidc", params={"next": next})
    assert begun.status_code == 303
    return browser, browser.get(provider.authorize(begun.headers["location"]))


def refused(room, provider):
    """The way back ends at the log-in page; what it says."""
    browser, answer = come(room, provider)
    assert browser.get("/").status_code == 401 and room.logins() == []
    assert room.audited("log_in.failed")[-1].detail["way"] == "oidc"
    return answer.status_code, answer.text.partition('role="alert">')[2].partition("<")[0]


def test_somebody_whom_the_provider_knows_gets_in_and_goes_on(room, provider):
    assert "Log in with your Example Hospital account" in room.browser().get("/log-in").text
    browser, answer = come(room, provider, next="/films/01J?page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/films/01J?page=2")
    assert browser.get("/").json()["role"] == "reader"
    reader = room.found("ada")
    assert (reader.name, reader.password) == ("Dr Ada", None)
    assert reader.subject == f"{provider.issuer} 248289761001"
    assert [row.action for row in room.audited()] == ["reader.create", "log_in"]
    assert [each for each in browser.cookies if "oidc" in each] == []


def test_the_provider_is_told_where_to_come_back_to_and_nothing_of_the_verifier(room, provider):
    begun = room.browser().get("/log-in/oidc")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert begun.headers["location"].startswith(f"{provider.issuer}/authorize?")
    assert asked["redirect_uri"] == ["https://room.test/log-in/oidc/callback"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) == 43
    assert "code_verifier" not in asked


def test_name_and_role_follow_the_provider_at_each_log_in(room, provider):
    come(room, provider)
    provider.person |= {"name": "Prof Ada", "roles": ["other", "cxr-reader", "cxr-admin"], "preferred_username": "ada2"}
    browser, _ = come(room, provider)
    assert browser.get("/").json()["role"] == "admin" and browser.get("/for-admins").json() == "ada"
    assert room.found("ada").name == "Prof Ada" and room.found("ada2") is None
    assert room.audited("reader.update")[0].detail == {"way": "oidc", "before": "reader", "role": "admin"}


def test_a_role_may_be_a_word_alone_or_lie_deeper(tmp_path, provider):
    with on_sqlite(tmp_path, oidc_roles_claim="realm_access.roles", **provider.settings()) as room:
        provider.person |= {"roles": "cxr-admin", "realm_access": {"roles": "cxr-chief"}}
        browser, _ = come(room, provider)
        assert browser.get("/").json()["role"] == "chief"


@pytest.mark.parametrize("roles", [None, [], ["reader", "CXR-ADMIN", "xcxr-admin"], {"cxr-admin": True}, 7])
def test_who_has_no_role_here_is_told_so(room, provider, roles):
    provider.person["roles"] = roles
    status, told = refused(room, provider)
    assert status == 403 and "ask for the role cxr-reader" in told
    assert room.found("ada") is None


def test_a_role_that_is_not_in_the_signed_token_counts_for_nothing(room, provider):
    provider.person["roles"] = None
    provider.beside = {"roles": ["cxr-admin"], "userinfo": {"roles": ["cxr-admin"]}}
    assert refused(room, provider)[0] == 403


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another application"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["reading room", "another"]}, "another application"),
        ({"azp": "another"}, "another application"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"exp": None}, "exp"),
        ({"iat": int(time.time()) + 3600}, "future"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
    ],
)
def test_an_id_token_with_a_wrong_claim_is_refused(room, provider, claims, told):
    provider.claims = claims
    status, notice = refused(room, provider)
    assert status == 401 and told in notice


def test_a_token_for_several_applications_is_taken_if_it_was_made_for_ours(room, provider):
    provider.claims = {"aud": ["reading room", "another"], "azp": "reading room"}
    assert come(room, provider)[1].status_code == 303


def unsigned(provider):
    provider.header = {"alg": "none"}


def signed_with_the_public_key(provider):
    provider.header = {"alg": "HS256", "kid": provider.key.kid}


def signed_by_somebody_else(provider):
    provider.key = RSAKey.generate_key(2048)


def signed_with_an_unknown_key(provider):
    provider.key = RSAKey.generate_key(2048)
    provider.header = {"alg": "RS256", "kid": "unknown"}


def changed_after_it_was_signed(provider):
    sign = provider.id_token

    def changed(nonce):
        head, _, signature = sign(nonce).split(".")
        provider.person["roles"] = ["cxr-admin"]
        return ".".join((head, sign(nonce).split(".")[1], signature))

    provider.id_token = changed


def no_token_at_all(provider):
    provider.id_token = lambda nonce: "not a token"


@pytest.mark.parametrize(
    "forge",
    [
        unsigned,
        signed_with_the_public_key,
        signed_by_somebody_else,
        signed_with_an_unknown_key,
        changed_after_it_was_signed,
        no_token_at_all,
    ],
)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(room, provider, forge):
    forge(provider)
    status, notice = refused(room, provider)
    assert status == 401 and "not to be trusted" in notice and room.found("ada") is None


def test_the_provider_may_change_its_keys(room, provider):
    come(room, provider)
    provider.key = RSAKey.generate_key(2048, auto_kid=True)
    provider.keys.keys[:] = [provider.key]
    provider.header = {"alg": "PS256", "kid": provider.key.kid}
    assert come(room, provider)[1].status_code == 303


def test_the_secret_goes_into_the_form_where_the_provider_wants_it_there(room, provider):
    provider.post_only = True
    assert come(room, provider)[1].status_code == 303


def test_an_answer_to_another_browser_or_sent_twice_lets_nobody_in(room, provider):
    browser = room.browser()
    back = provider.authorize(browser.get("/log-in/oidc").headers["location"])
    other = room.browser()
    for stranger in (other.get(back), other.get("/log-in/oidc/callback"), browser.get(f"{back}x&state=x")):
        assert stranger.status_code == 401 and "begun elsewhere" in stranger.text
    other.get("/log-in/oidc")
    assert other.get(back).status_code == 401
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 401
    assert len(room.logins()) == 1


def test_two_tabs_may_be_on_their_way_at_once(room, provider):
    browser = room.browser()
    first, second = (browser.get("/log-in/oidc").headers["location"] for _ in range(2))
    assert browser.get(provider.authorize(second)).status_code == 303
    assert browser.get(provider.authorize(first)).status_code == 303


def test_an_answer_of_another_provider_is_refused(room, provider):
    browser = room.browser()
    back = provider.authorize(browser.get("/log-in/oidc").headers["location"])
    answer = browser.get(back.replace("realm", "other"))
    assert answer.status_code == 401 and "another provider" in answer.text


def test_what_the_provider_calls_an_error_is_shown_if_it_is_a_code(room):
    for error, told in (("access_denied", "access_denied"), ("<script>", "no code"), ("", "no code")):
        browser = room.browser()
        asked = parse_qs(urlsplit(browser.get("/log-in/oidc").headers["location"]).query)
        answer = browser.get("/log-in/oidc/callback", params={"state": asked["state"][0], "error": error})
        assert answer.status_code == 401 and f"did not let you in ({told})" in answer.text


def test_a_code_made_up_is_not_accepted_and_only_twenty_are_tried(room, provider):
    statuses = []
    for _ in range(21):
        browser = room.browser()
        back = provider.authorize(browser.get("/log-in/oidc").headers["location"])
        statuses.append(browser.get(back.replace("code-", "made-up-")).status_code)
    assert statuses == [401] * 20 + [429]


def test_the_provider_away_says_so_and_passwords_still_work(room, provider):
    room.reader("bob")
    browser = room.browser()
    back = provider.authorize(browser.get("/log-in/oidc").headers["location"])
    provider.stop()
    for answer in (browser.get(back), browser.get("/log-in/oidc")):
        assert answer.status_code == 503 and "the provider does not answer" in answer.text
        assert answer.headers["retry-after"] == "30"
    assert browser.log_in("bob", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"issuer": "https://evil.example"}, "REVIEW_OIDC_ISSUER"),
        ({"authorization_endpoint": "http://evil.example/authorize"}, "no authorization_endpoint over HTTPS"),
        ({"authorization_endpoint": None}, "no authorization_endpoint over HTTPS"),
    ],
)
def test_a_provider_that_says_strange_things_about_itself_is_not_followed(room, provider, about, told):
    provider.about = about
    answer = room.browser().get("/log-in/oidc")
    assert answer.status_code == 503 and told in answer.text


def test_somebody_with_the_same_log_in_name_is_somebody_else(room, provider):
    mine = room.reader("ada", "admin")
    browser, answer = come(room, provider)
    assert answer.status_code == 303
    assert browser.get("/").json()["login"].startswith("ada+") and browser.get("/").json()["role"] == "reader"
    assert room.found("ada").id == mine and room.found("ada").subject is None


@pytest.mark.parametrize("name", ["demo", "Dr. Ada Müller", "", None, "../../etc"])
def test_a_name_that_is_none_of_ours_becomes_one_that_is(room, provider, name):
    provider.person |= {"preferred_username": name, "sub": "s" * 255}
    browser, answer = come(room, provider)
    assert answer.status_code == 303
    login = browser.get("/").json()["login"]
    assert login.startswith(("hospital+", "demo+")) and len(login) <= 64


def test_who_was_closed_out_here_stays_out(room, provider):
    come(room, provider)
    admin = room.entered("root", "admin")
    admin.fill_in(f"/readers/{room.found('ada').id}/active", "/readers", active="false")
    browser, answer = come(room, provider)
    assert answer.status_code == 403 and "closed" in answer.text and browser.get("/").status_code == 401


def test_a_hospital_account_gets_no_password_and_no_role_from_us(room, provider):
    browser, _ = come(room, provider)
    admin = room.entered("root", "admin")
    person = f"/readers/{room.found('ada').id}"
    assert admin.fill_in(f"{person}/link", "/readers").status_code == 422
    assert admin.fill_in(f"{person}/role", "/readers", role="admin").status_code == 422
    page = browser.get("/account").text
    assert "no reading room password" in page and 'name="current"' not in page
    changed = browser.fill_in("/account/password", current="", password=PASSWORD, again=PASSWORD)
    assert changed.status_code == 422 and room.found("ada").password is None
    assert room.browser().log_in("ada", "").status_code == 401


def test_there_are_no_hospital_accounts_where_the_settings_have_no_provider(tmp_path):
    with on_sqlite(tmp_path) as room:
        browser = room.browser()
        assert "hospital account" not in browser.get("/log-in").text
        assert browser.get("/log-in/oidc/callback?state=x").status_code == 404
        assert browser.get("/log-in/oidc").status_code == 404


CLASSES = "phr phrh"


@pytest.fixture
def sure(tmp_path, provider):
    """A room that asks for more than a password, and for a log-in of the last hour."""
    with on_sqlite(tmp_path, oidc_acr_values=CLASSES, oidc_max_age_s=3600, **provider.settings()) as room:
        yield room


def test_the_provider_is_asked_how_sure_and_how_fresh_and_for_neither_unless_set(room, sure):
    told = [parse_qs(urlsplit(each.browser().get("/log-in/oidc").headers["location"]).query) for each in (room, sure)]
    assert told[1]["acr_values"] == [CLASSES] and told[1]["max_age"] == ["3600"]
    assert not {"acr_values", "max_age"} & set(told[0])


@pytest.mark.parametrize("acr", CLASSES.split())
def test_who_was_made_sure_of_in_one_of_the_ways_and_lately_gets_in(sure, provider, acr):
    provider.claims = {"acr": acr, "auth_time": int(time.time()) - 3500}
    assert come(sure, provider)[1].status_code == 303


@pytest.mark.parametrize("acr", [None, "", "0", "phr phrh", ["phr"], "PHR", 1])
def test_a_log_in_that_is_less_sure_than_is_asked_for_is_refused(sure, provider, acr):
    provider.claims = {"acr": acr, "auth_time": int(time.time())}
    status, notice = refused(sure, provider)
    assert status == 401 and "as sure who you are" in notice


@pytest.mark.parametrize(
    ("ago_s", "told"),
    [(3600 + 120, "too long ago"), (-3600, "too long ago"), (None, "does not say when"), ("x", "does not say when")],
)
def test_a_log_in_at_the_provider_that_is_not_fresh_is_refused(sure, provider, ago_s, told):
    moment = int(time.time()) - ago_s if isinstance(ago_s, int) else ago_s
    provider.claims = {"acr": "phr", "auth_time": moment}
    status, notice = refused(sure, provider)
    assert status == 401 and told in notice


def test_true_is_no_time(sure, provider):
    provider.claims = {"acr": "phr", "auth_time": True}
    assert "does not say when" in refused(sure, provider)[1]
