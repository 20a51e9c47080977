"""An OAuth 2.0 server for tests, made of Authlib's.

Whether a request is good is decided by Authlib: the client's authentication by
its secret (RFC 6749 2.3.1) or by a signed assertion (RFC 7523 2.2), and the
grant, client credentials (RFC 6749 4.4) or a signed assertion (RFC 7523 2.1).
Added is only what Google and Entra ask for on top, each beside its source.

It reads one line of JSON from its input, prints its address and serves until
its input ends:

    {"tls": ["certificate.pem", "key.pem"],     over https; optional
     "scopes": [...], "users": [...],           what exists here
     "clients": [{"id": ..., "secret": ...,     one of secret, public key and
                  "publicKey": PEM, "keyID": ...,   certificate
                  "certificate": PEM, "grant": ..., "scopes": [...]}]}
"""
import base64
import json
import os
import secrets
import sys
import threading

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.jose import JsonWebKey
from authlib.oauth2 import rfc7523
from authlib.oauth2.rfc6749 import (
    ClientMixin, InvalidClientError, InvalidGrantError, UnauthorizedClientError, grants)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

CLIENT_ASSERTION = rfc7523.JWTBearerClientAssertion.CLIENT_AUTH_METHOD


class Client(ClientMixin):
    def __init__(self, settings):
        self.id = settings["id"]
        self.secret = settings.get("secret")
        self.public_key = settings.get("publicKey")
        self.key_id = settings.get("keyID")
        self.grant = settings["grant"]
        self.scopes = settings["scopes"]
        self.thumbprint = None
        if "certificate" in settings:
            certificate = x509.load_pem_x509_certificate(settings["certificate"].encode())
            digest = certificate.fingerprint(hashes.SHA256())
            self.thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            self.public_key = certificate.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def get_client_id(self):
        return self.id

    def get_allowed_scope(self, scope):
        return " ".join(s for s in scope.split() if s in self.scopes)

    def check_client_secret(self, secret):
        return self.secret is not None and secrets.compare_digest(self.secret.encode(), secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("client_secret_post" if self.secret else CLIENT_ASSERTION)

    def check_grant_type(self, grant):
        return grant == self.grant


class User:
    def __init__(self, address):
        self.address = address

    def get_user_id(self):
        return self.address


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", CLIENT_ASSERTION]


class ClientAssertion(rfc7523.JWTBearerClientAssertion):
    """learn.microsoft.com/entra/identity-platform/certificate-credentials"""

    def __init__(self):
        super().__init__(token_url=None)
        self.used = set()

    def create_claims_options(self):
        options = super().create_claims_options()
        options["aud"]["value"] = request.base_url
        options["nbf"] = {"essential": True}
        return options

    def validate_jti(self, claims, jti):
        fresh = jti not in self.used
        self.used.add(jti)
        return fresh

    def resolve_client_public_key(self, client, headers):
        # Microsoft's own library for Go writes plain base64, which Entra takes.
        given = headers.get("x5t#S256", "").translate(str.maketrans("+/", "-_", "="))
        if client.thumbprint is None or given != client.thumbprint:
            raise InvalidClientError()
        return client.public_key


class Assertion(rfc7523.JWTBearerGrant):
    """developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests"""

    clients = users = {}

    def __init__(self, *args):
        super().__init__(*args)
        self.CLAIMS_OPTIONS = {name: {"essential": True} for name in ("iss", "sub", "scope", "iat", "exp")}
        self.CLAIMS_OPTIONS["aud"] = {"essential": True, "value": request.base_url}

    def process_assertion_claims(self, assertion):
        claims = super().process_assertion_claims(assertion)
        if claims["exp"] - claims["iat"] > 3600:
            raise InvalidGrantError(description="The assertion is valid for more than an hour.")
        # Google takes the scope from the assertion, and each must be delegated.
        if set(claims["scope"].split()) - set(self.clients[claims["iss"]].scopes):
            raise UnauthorizedClientError()
        self.request.data["scope"] = claims["scope"]
        return claims

    def resolve_issuer_client(self, issuer):
        if issuer not in self.clients:
            raise InvalidClientError()
        return self.clients[issuer]

    def resolve_client_key(self, client, headers, payload):
        if client.public_key is None or headers.get("kid") != client.key_id:
            raise InvalidGrantError(description="Invalid JWT Signature.")
        return client.public_key

    def authenticate_user(self, subject):
        if subject not in self.users:
            raise InvalidGrantError(description="Invalid email or User ID")
        return self.users[subject]

    def has_granted_permission(self, client, user):
        return True

    def save_token(self, token):
        pass


def application(settings, key):
    app = Flask("oauth")
    app.config["OAUTH2_SCOPES_SUPPORTED"] = settings["scopes"]
    clients = {c["id"]: Client(c) for c in settings["clients"]}
    server = AuthorizationServer(app, query_client=clients.get, save_token=lambda token, request: None)
    server.register_token_generator("default", rfc7523.JWTBearerTokenGenerator(key, issuer="independent"))
    server.register_client_auth_method(CLIENT_ASSERTION, ClientAssertion())
    server.register_grant(ClientCredentials)
    Assertion.clients, Assertion.users = clients, {u: User(u) for u in settings["users"]}
    server.register_grant(Assertion)

    @app.post("/token")
    @app.post("/<tenant>/oauth2/v2.0/token")
    def token(tenant=None):
        return server.create_token_response()

    @app.get("/keys")
    def keys():
        return jsonify(keys=[key.as_dict(is_private=False)])

    @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def configuration(tenant):
        base = request.host_url + tenant
        return jsonify(issuer=base + "/v2.0", token_endpoint=base + "/oauth2/v2.0/token",
                       authorization_endpoint=base + "/oauth2/v2.0/authorize", jwks_uri=request.host_url + "keys")

    return app


def end_with_input():
    sys.stdin.read()
    os._exit(0)


def main():
    # Authlib refuses plain http unless told that this is a rehearsal.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    settings = json.loads(sys.stdin.readline())
    key = JsonWebKey.generate_key("RSA", 2048, is_private=True)
    tls = tuple(settings["tls"]) if "tls" in settings else None
    server = make_server("127.0.0.1", 0, application(settings, key), threaded=True, ssl_context=tls)
    threading.Thread(target=end_with_input, daemon=True).start()
    print(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


main()
