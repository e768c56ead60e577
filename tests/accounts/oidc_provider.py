"""A fake OpenID Connect provider on loopback: discovery, authorization, token, user info and keys.

It checks what a real one checks: client id and secret, redirect address, scope, state, the PKCE verifier, codes that
work once, and the access token at the user-info endpoint. Its ID tokens are signed with RS256 and its keys published.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """Who is signed in at the provider, and what it has seen and issued."""

    claims: dict[str, Any]
    client_id: str = "countersign"
    secret: str = "client-secret"
    issuer: str = ""
    audience: str = ""
    lifetime_s: int = 300
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access_tokens: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, Any]:
        """SOCIALACCOUNT_PROVIDERS as config/settings.py makes them from the environment."""
        app = {
            "provider_id": "sso",
            "name": "Hospital sign-on",
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.issuer},
        }
        return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}

    def authorize(self, location: str) -> str:
        """What the person's browser does at the provider: signs in and is sent back; returns that address."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(location).query).items()}
        assert query["client_id"] == self.client_id
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert "email" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {"challenge": query["code_challenge"], "redirect_uri": query["redirect_uri"]}
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token endpoint's answer; None with a reason in ``refused``."""
        issued = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        knows_secret = form.get("client_secret") == self.secret or authorization == f"Basic {basic}"
        checks = {
            "the code is unknown or used": issued is not None,
            "the verifier does not fit": issued is not None and issued["challenge"] == challenge,
            "the redirect differs": issued is not None and issued["redirect_uri"] == form.get("redirect_uri"),
            "the secret is wrong": knows_secret,
        }
        self.refused += [why for why, is_fine in checks.items() if not is_fine]
        if not all(checks.values()):
            return None
        now = int(time.time())
        about = {"iss": self.issuer, "aud": self.audience or self.client_id, "iat": now, "exp": now + self.lifetime_s}
        id_token = jwt.encode(about | self.claims, KEY, algorithm="RS256", headers={"kid": "one"})
        access = secrets.token_urlsafe(16)
        self.access_tokens.add(access)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def keys(self) -> dict[str, Any]:
        """The published signing key."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """Serves ``provider`` on a free port of loopback and sets its issuer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                self.answer(discovery(provider))
            elif self.path == "/keys":
                self.answer(provider.keys())
            elif self.path == "/userinfo":
                scheme, _, token = self.headers.get("Authorization", "").partition(" ")
                is_known = scheme == "Bearer" and token in provider.access_tokens
                self.answer(provider.claims if is_known else None)
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            self.answer(provider.token(form, self.headers.get("Authorization", "")) if self.path == "/token" else None)

        def answer(self, data: dict[str, Any] | None) -> None:
            body = json.dumps(data or {"error": "invalid_request"}).encode()
            self.send_response(200 if data else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def discovery(provider: Provider) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0, section 3: the required members and what we use."""
    return {
        "issuer": provider.issuer,
        "authorization_endpoint": f"{provider.issuer}/authorize",
        "token_endpoint": f"{provider.issuer}/token",
        "userinfo_endpoint": f"{provider.issuer}/userinfo",
        "jwks_uri": f"{provider.issuer}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }
