"""The simulator from outside: where it is, its apps, and its control plane under /_sim/."""

import contextlib
import os
import ssl
import uuid

import httpx
import requests
from azure.identity import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.graph_request_adapter import options
from msgraph_core import GraphClientFactory

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
REDIRECT_URI = "http://localhost:3000/auth/microsoft/callback"


class Simulator:
    def __init__(self, url, tls_url, ca):
        self.url = url.rstrip("/")
        self.tls_url = tls_url.rstrip("/")
        self.ca = ca
        self.object_ids = {}
        # What every simulator starts with; the environment may name others.
        self.tenant = os.environ.get("SIM_TENANT", "aaaabbbb-0000-cccc-1111-dddd2222eeee")
        self.web_app = os.environ.get("SIM_WEB_APP", "11111111-2222-3333-4444-555555555555")
        self.web_secret = os.environ.get("SIM_WEB_SECRET", "Sim8Q~web+app&secret%for.tests_only")
        self.service_app = os.environ.get("SIM_SERVICE_APP", "22222222-3333-4444-5555-666666666666")
        self.service_secret = os.environ.get("SIM_SERVICE_SECRET", "Sim8Q~service.secret_for.tests_only")
        self.domain = os.environ.get("SIM_DOMAIN", "contoso.example")

    @classmethod
    def from_environment(cls):
        return cls(os.environ["SIM_URL"], os.environ["SIM_TLS_URL"], os.environ["SIM_CA"])

    @property
    def authority(self):
        return f"{self.tls_url}/{self.tenant}"

    # The control plane.

    def control(self, method, path, **arguments):
        answer = requests.request(method, f"{self.url}/_sim/{path}", timeout=30, **arguments)
        if answer.status_code >= 300:
            raise RuntimeError(f"{method} /_sim/{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def create_user(self, name="Contract Tester"):
        """A new user with an empty mailbox; returns the address."""
        address = f"contract-{uuid.uuid4().hex[:10]}@{self.domain}"
        made = self.control("POST", "users", json={"userPrincipalName": address, "displayName": name})
        self.object_ids[address] = made["id"]
        return address

    def revoke(self, address):
        self.control("POST", f"users/{address}/revoke")

    def add_certificate(self, app, pem):
        self.control("POST", f"apps/{app}/certificates", json={"pem": pem})

    def deliver(self, address, mime, folder="inbox"):
        """Puts a MIME message into a folder, given by a well-known name or an id; returns its (default) id."""
        answer = self.control("POST", f"mailboxes/{address}/messages", params={"folder": folder}, data=mime,
                              headers={"Content-Type": "message/rfc822"})
        return answer["defaultId"]

    def mark_read(self, address, message):
        self.control("PATCH", f"mailboxes/{address}/messages/{message}", json={"isRead": True})

    def move(self, address, message, folder):
        self.control("POST", f"mailboxes/{address}/messages/{message}/move", json={"folder": folder})

    def delete(self, address, message):
        self.control("DELETE", f"mailboxes/{address}/messages/{message}")

    def create_folder(self, address, name, parent="msgfolderroot"):
        made = self.control("POST", f"mailboxes/{address}/folders", json={"displayName": name, "parent": parent})
        return made["id"]

    @contextlib.contextmanager
    def faults(self, *faults):
        """Those faults while the block runs."""
        self.control("PUT", "faults", json={"seed": 1, "faults": list(faults)})
        try:
            yield
        finally:
            self.control("DELETE", "faults")

    def journal(self, address):
        """The requests that addressed a mailbox, in order."""
        entries = self.control("GET", "journal", params={"limit": 100_000})["value"]
        return [entry for entry in entries if entry["mailbox"] == self.object_ids[address]]

    # Microsoft's clients, pointed here.

    def graph(self, credential=None, scopes=(GRAPH_SCOPE,), headers=None):
        """The msgraph-sdk over TLS with its usual middleware, as the service app unless told otherwise."""
        credential = credential or ClientSecretCredential(
            self.tenant, self.service_app, self.service_secret, authority=self.tls_url,
            disable_instance_discovery=True, connection_verify=self.ca)
        context = ssl.create_default_context(cafile=self.ca)
        client = httpx.AsyncClient(verify=context, http2=True, timeout=30, headers=headers, trust_env=False)
        provider = AzureIdentityAuthenticationProvider(credential, scopes=list(scopes), allowed_hosts=self.hosts())
        # The options make /me of the placeholder that the SDK writes for it.
        adapter = GraphRequestAdapter(provider, client=GraphClientFactory.create_with_default_middleware(client=client, options=options))
        adapter.base_url = f"{self.tls_url}/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    def hosts(self):
        return [self.tls_url.split("://")[1].split(":")[0]]


def message(number, *, subject=None, body="A line of text.\r\n", extra="", attachment=""):
    """A small MIME message; `number` makes its Message-ID and minute."""
    head = (f"From: Ada Example <ada@kunde.example>\r\nTo: tester@contoso.example\r\n"
            f"Subject: {subject or f'Message {number}'}\r\nDate: Mon, 05 Jan 2026 10:{number % 60:02}:00 +0000\r\n"
            f"Message-ID: <contract.{number}.{uuid.uuid4().hex[:8]}@kunde.example>\r\nMIME-Version: 1.0\r\n{extra}")
    if not attachment:
        return (head + f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}").encode()
    return (head + "Content-Type: multipart/mixed; boundary=\"edge\"\r\n\r\n"
            f"--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
            "--edge\r\nContent-Type: application/pdf; name=\"paper.pdf\"\r\n"
            "Content-Disposition: attachment; filename=\"paper.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            f"{attachment}\r\n--edge--\r\n").encode()
