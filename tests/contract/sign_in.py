"""MSAL and azure-identity against the simulated identity platform."""

import datetime
import html.parser
import urllib.parse

import msal
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ClientSecretCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from promise import promise
from simulator import GRAPH_SCOPE, REDIRECT_URI

SCOPES = ["User.Read", "Mail.Read"]


class Form(html.parser.HTMLParser):
    """The first form of a page: where it goes, its fields, and which users it offers."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.users = "", {}, []
        self.label = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "radio":
            self.users.append([given["name"], given["value"], ""])
        elif tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "button" and given.get("value") == "accept":
            self.fields[given["name"]] = given["value"]

    def handle_data(self, text):
        if self.users:
            self.users[-1][2] += text


def sign_in_as_a_person(simulator, url, address):
    """Follows a sign-in URL as a browser does, choosing that person; returns what the redirect carries."""
    browser = requests.Session()
    browser.verify, browser.trust_env = simulator.ca, False
    answer = browser.get(url, allow_redirects=False, timeout=30)
    if answer.status_code == 200:
        form = Form(answer.text)
        chosen = next((user for user in form.users if address in user[2] or address == user[1]), None)
        assert chosen, f"the sign-in page does not offer {address}"
        target = urllib.parse.urljoin(url, form.action)
        answer = browser.post(target, data={**form.fields, chosen[0]: chosen[1]}, allow_redirects=False, timeout=30)
    assert answer.status_code in (302, 303), f"{answer.status_code}: no redirect: {answer.text[:200]}"
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT_URI), location
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


def msal_app(simulator, client_id=None, credential=None):
    return msal.ConfidentialClientApplication(
        client_id or simulator.web_app, client_credential=credential or simulator.web_secret,
        authority=simulator.authority, instance_discovery=False, verify=simulator.ca, client_capabilities=["CP1"])


def signed_in(simulator, address):
    app = msal_app(simulator)
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI, login_hint=address)
    result = app.acquire_token_by_auth_code_flow(flow, sign_in_as_a_person(simulator, flow["auth_uri"], address))
    assert "access_token" in result, result
    return app, result


def whoami(simulator, token):
    answer = requests.get(f"{simulator.tls_url}/v1.0/me", headers={"Authorization": f"Bearer {token}"},
                          verify=simulator.ca, timeout=30)
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()["userPrincipalName"]


@promise("MSAL exchanges a person's code for tokens that Graph takes")
def code(simulator):
    address = simulator.create_user()
    app, result = signed_in(simulator, address)
    assert whoami(simulator, result["access_token"]) == address
    assert result["id_token_claims"]["preferred_username"] == address
    assert app.get_accounts()[0]["username"] == address


@promise("MSAL finds the token that it was given in its cache")
def cache(simulator):
    app, result = signed_in(simulator, simulator.create_user())
    again = app.acquire_token_silent(SCOPES, app.get_accounts()[0])
    assert again and again["access_token"] == result["access_token"], "the scopes were echoed in another style"


@promise("MSAL renews with the refresh token, again and again")
def refresh(simulator):
    address = simulator.create_user()
    app, result = signed_in(simulator, address)
    tokens = {result["access_token"]}
    for _ in range(3):
        renewed = app.acquire_token_silent(SCOPES, app.get_accounts()[0], force_refresh=True)
        assert renewed and "access_token" in renewed, renewed
        tokens.add(renewed["access_token"])
    assert len(tokens) == 4
    assert whoami(simulator, tokens.pop()) == address


@promise("a code works once")
def replay(simulator):
    address = simulator.create_user()
    app = msal_app(simulator)
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI, login_hint=address)
    answer = sign_in_as_a_person(simulator, flow["auth_uri"], address)
    assert "access_token" in app.acquire_token_by_auth_code_flow(flow, answer)
    second = msal_app(simulator).acquire_token_by_auth_code_flow(flow, answer)
    assert second["error"] == "invalid_grant" and 54005 in second["error_codes"], second


@promise("MSAL gets a token for the app itself with a secret")
def secret(simulator):
    result = msal_app(simulator, simulator.service_app, simulator.service_secret).acquire_token_for_client([GRAPH_SCOPE])
    assert result.get("token_type") == "Bearer" and result["expires_in"] > 3000, result


@promise("MSAL is told that a secret is wrong")
def wrong_secret(simulator):
    result = msal_app(simulator, simulator.service_app, "wrong").acquire_token_for_client([GRAPH_SCOPE])
    assert result["error"] == "invalid_client" and 7000215 in result["error_codes"], result
    assert result["error_description"].startswith("AADSTS7000215:")


def certificate():
    """A key and a self-signed certificate, both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "contract test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), made.public_bytes(serialization.Encoding.PEM).decode()


@promise("MSAL and azure-identity get tokens for the app itself with a certificate")
def with_certificate(simulator):
    private, public = certificate()
    simulator.add_certificate(simulator.service_app, public)
    app = msal_app(simulator, simulator.service_app, {"private_key": private, "public_certificate": public})
    result = app.acquire_token_for_client([GRAPH_SCOPE])
    assert "access_token" in result, result
    credential = CertificateCredential(
        simulator.tenant, simulator.service_app, certificate_data=(private + public).encode(), authority=simulator.tls_url,
        disable_instance_discovery=True, connection_verify=simulator.ca)
    assert credential.get_token(GRAPH_SCOPE).token


@promise("a certificate that was never registered is refused")
def unknown_certificate(simulator):
    private, public = certificate()
    app = msal_app(simulator, simulator.service_app, {"private_key": private, "public_certificate": public})
    result = app.acquire_token_for_client([GRAPH_SCOPE])
    assert result.get("error") == "invalid_client", result


@promise("azure-identity gets a token with a secret and says why it does not")
def azure_identity(simulator):
    def credential(secret):
        return ClientSecretCredential(simulator.tenant, simulator.service_app, secret, authority=simulator.tls_url,
                                      disable_instance_discovery=True, connection_verify=simulator.ca)
    assert credential(simulator.service_secret).get_token(GRAPH_SCOPE, enable_cae=True).token
    try:
        credential("wrong").get_token(GRAPH_SCOPE)
    except ClientAuthenticationError as error:
        assert "AADSTS7000215" in str(error)
    else:
        raise AssertionError("a wrong secret was taken")


@promise("a revoked sign-in can not be renewed")
def revoked(simulator):
    address = simulator.create_user()
    app, _ = signed_in(simulator, address)
    simulator.revoke(address)
    result = app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)
    assert result["error"] == "invalid_grant", result
