"""A small OpenID Connect provider: a real server on loopback, with its own key, that lies when it is told to."""

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "reading room"
LOG_OUT = "http://schemas.openid.net/event/backchannel-logout"
SECRET = "not: a secret"  # noqa: S105  a test's


@cache
def _two_keys() -> tuple[RSAKey, RSAKey]:
    """Of every provider: making them takes longer than a test does."""
    return RSAKey.generate_key(2048), RSAKey.generate_key(2048)


class Provider:
    """What it says can be changed by a test: about, person, header, and key."""

    def __init__(self):
        self.keys = KeySet(list(_two_keys()))
        self.key = self.keys.keys[1]
        self.header = {"alg": "RS256", "kid": self.key.kid}
        self.claims = {}
        """Over those of a good ID token; None leaves one out."""
        self.person = {"sub": "248289761001", "name": "Dr Ada", "preferred_username": "ada", "roles": ["cxr-reader"]}
        self.beside = {}
        """What the token's answer has beside the ID token."""
        self.about = {}
        self.post_only = False
        self._codes = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}/realm"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Go away."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def settings(self):
        """For the reading room."""
        return {"oidc_issuer": self.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}

    def authorize(self, url):
        """The person agrees; where the browser is sent back to."""
        asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def id_token(self, nonce):
        """Signed, unless it was told otherwise."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        return self.signed(good | self.person | self.claims)

    def log_out_token(self, **changed):
        """Of the person, as Back-Channel Logout 1.0, 2.4, has it; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": uuid.uuid4().hex}
        good |= {"sub": self.person["sub"], "events": {LOG_OUT: {}}}
        return self.signed(good | changed)

    def signed(self, claims):
        """A token of the claims that are not None."""
        claims = {name: value for name, value in claims.items() if value is not None}
        parts = (json.dumps(each).encode() for each in (self.header, claims))
        content = ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)
        if self.header["alg"] == "none":
            return f"{content}."
        if self.header["alg"] == "HS256":  # as a forger does who hopes that the public key is taken for a secret
            digest = hmac.digest(self.key.as_pem(private=False), content.encode(), "sha256")
            return f"{content}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        return jwt.encode(self.header, claims, self.key, [self.header["alg"]])

    def discovery(self):
        """What it says about itself."""
        about = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        if self.post_only:
            about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        return about | self.about

    def redeem(self, form, credentials):
        """A code for a token: once, and for who began it (RFC 7636, 4.6)."""
        asked = self._codes.pop(form.get("code"), None)
        if self.post_only:
            credentials = (form.get("client_id"), form.get("client_secret"))
        if credentials != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = asked and asked["code_challenge"] == challenge and asked["redirect_uri"] == form.get("redirect_uri")
        if not good:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": self.id_token(asked["nonce"]),
        } | self.beside

    def _handler(provider):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = {
                    "/realm/.well-known/openid-configuration": provider.discovery,
                    "/realm/keys": lambda: provider.keys.as_dict(private=False),
                }.get(self.path)
                self._answer(*((200, found()) if found else (404, {})))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: value for name, (value,) in parse_qs(body).items()}
                kind, _, given = self.headers.get("Authorization", "").partition(" ")
                told = base64.b64decode(given).decode().split(":") if kind == "Basic" else []
                self._answer(*provider.redeem(form, tuple(unquote(each) for each in told)))

            def _answer(self, status, body):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler
