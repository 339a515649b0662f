"""What Rapport delivers, verified by the library of Standard Webhooks, as a receiver would."""

import contextlib
import http.server
import json
import os
import queue
import socket
import subprocess
import tempfile
import threading
import time

import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from promise import promise

KEY = "the-key-of-the-contract-0123456789abcdef"


class Receiver:
    """Keeps every call as it came: headers and raw body."""

    def __enter__(self):
        self.calls = queue.Queue()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                owner.calls.put((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def next(self):
        return self.calls.get(timeout=30)

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()


class Server:
    """A running Rapport, the settings it runs with, and its process."""

    def __init__(self, url, settings, pid):
        self.url, self.settings, self.pid = url, settings, pid

    def ask(self, method, path, body=None):
        address = path if path.startswith("http") else f"{self.url}/api/v1/{path}"
        return requests.request(method, address, json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)

    def get(self, path):
        return self.whole(self.ask("GET", path))

    def post(self, path, body=None):
        return self.whole(self.ask("POST", path, body))

    @staticmethod
    def whole(answer):
        assert answer.status_code < 300, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def delivery(self, endpoint, wanted):
        """The newest delivery of an endpoint, once its state is the wanted one."""
        for _ in range(300):
            data = self.get(f"endpoints/{endpoint}/deliveries")["data"]
            if data and data[0]["state"] == wanted:
                return data[0]
            time.sleep(0.1)
        raise AssertionError(f"no delivery came to be {wanted}: {data}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def rapport(changed=None):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        settings = {
            "RAPPORT_DATA_DIRECTORY": data,
            "RAPPORT_SERVER_BASE_URL": url,
            "RAPPORT_SERVER_PORT": str(port),
            "RAPPORT_API_KEY": KEY,
            "RAPPORT_WEBHOOKS_ALLOW_PRIVATE_NETWORKS": "true",
            "RAPPORT_LOG_LEVEL": "warn",
            **(changed or {}),
        }
        program = subprocess.Popen([os.environ["RAPPORT_PROGRAM"], "serve", "--json"], env=settings, cwd=data, stdout=subprocess.DEVNULL)
        try:
            wait_for(url, program)
            yield Server(url, settings, program.pid)
        finally:
            program.terminate()
            program.wait(timeout=30)


def wait_for(url, program):
    for _ in range(300):
        assert program.poll() is None, f"rapport serve ended with {program.returncode}"
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/openapi.json", timeout=5).ok:
                return
        time.sleep(0.1)
    raise AssertionError("rapport serve does not answer")


def refused(webhook, body, headers):
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


@promise("webhooks: a real delivery verifies, and a forged one is refused")
def verify(_simulator):
    with rapport() as server, Receiver() as receiver:
        made = server.post("endpoints", {"url": receiver.url})
        server.post(f"endpoints/{made['endpoint']['id']}/test")
        headers, body = receiver.next()
        webhook = Webhook(made["secret"])
        event = webhook.verify(body, headers)
        assert event["type"] == "endpoint.tested" and event["specversion"] == "1.0", event
        assert event["timestamp"] == event["time"] and event["data"]["id"] == made["endpoint"]["id"], event
        forged = json.dumps({**event, "type": "message.received"}).encode()
        assert refused(webhook, forged, headers), "another body passed"
        assert refused(webhook, body, {**headers, "webhook-id": "dlv_0000000000000"}), "another id passed"
        assert refused(webhook, body, {**headers, "webhook-timestamp": str(int(time.time()) - 3600)}), "an old time passed"
        assert refused(Webhook("whsec_" + "A" * 43 + "="), body, headers), "another secret passed"


@promise("webhooks: while a secret is changed, who knows either secret verifies")
def rotate(_simulator):
    with rapport() as server, Receiver() as receiver:
        made = server.post("endpoints", {"url": receiver.url})
        address = f"endpoints/{made['endpoint']['id']}"
        rotated = server.post(f"{address}/rotate-secret", {"overlap_hours": 1})
        server.post(f"{address}/test")
        headers, body = receiver.next()
        assert rotated["secret"] != made["secret"]
        for secret in (made["secret"], rotated["secret"]):
            Webhook(secret).verify(body, headers)
        server.post(f"{address}/rotate-secret", {"overlap_hours": 0})
        server.post(f"{address}/test")
        headers, body = receiver.next()
        assert refused(Webhook(made["secret"]), body, headers) and refused(Webhook(rotated["secret"]), body, headers)


@promise("webhooks: a delivery can be looked at and repeated, and the repetition says what it is")
def replay(_simulator):
    with rapport() as server, Receiver() as receiver:
        made = server.post("endpoints", {"url": receiver.url, "description": "CRM"})
        endpoint = made["endpoint"]["id"]
        server.post(f"endpoints/{endpoint}/test")
        first_headers, first = receiver.next()
        delivery = server.delivery(endpoint, "delivered")
        assert delivery["id"] == first_headers["webhook-id"] and delivery["sequence"] == 1, delivery
        assert delivery["attempts"][0]["status"] == 204, delivery
        again = server.post(f"deliveries/{delivery['id']}/replay")
        headers, body = receiver.next()
        event, first = Webhook(made["secret"]).verify(body, headers), json.loads(first)
        assert again["replay_of"] == delivery["id"] and headers["webhook-id"] == again["id"] != delivery["id"]
        assert event["replay"] is True and event["id"] == first["id"] and event["sequence"] == "2", event
        server.delivery(endpoint, "delivered")
        repeated = server.post(f"endpoints/{endpoint}/replay", {"from": "2020-01-01T00:00:00Z"})
        assert repeated == {"count": 1, "next": None}, repeated
        assert json.loads(receiver.next()[1])["sequence"] == "3"


@promise("webhooks: an endpoint is paused and resumed by hand, changed only as it was read, and removed")
def lifecycle(_simulator):
    with rapport() as server, Receiver() as receiver:
        endpoint = server.post("endpoints", {"url": receiver.url, "events": ["thread.*"]})["endpoint"]
        address = f"endpoints/{endpoint['id']}"
        assert server.post(f"{address}/pause")["state"] == "paused"
        assert server.ask("POST", f"{address}/test").status_code == 409
        assert server.ask("POST", f"{address}/pause").status_code == 409
        assert server.post(f"{address}/resume", {})["state"] == "active"
        changed = server.whole(server.ask("PATCH", address, {"events": ["message.received"], "expand": True}))
        assert changed["events"] == ["message.received"] and changed["expand"] is True, changed
        stale = requests.patch(
            f"{server.url}/api/v1/{address}",
            json={"expand": False},
            headers={"Authorization": f"Bearer {KEY}", "If-Match": '"stale"'},
            timeout=30,
        )
        assert stale.status_code == 412, stale.text
        assert server.ask("PATCH", address, {"events": ["message.vanished"]}).status_code == 422
        assert server.ask("DELETE", address).status_code == 204
        assert server.ask("GET", address).status_code == 404 and server.ask("DELETE", address).status_code == 404


@promise("webhooks: Zapier and Power Automate subscribe, see samples, and unsubscribe")
def hooks(_simulator):
    with rapport() as server, Receiver() as receiver:
        zapier = server.ask("POST", "hooks", {"event": "message.received", "target_url": receiver.url})
        assert zapier.status_code == 201 and set(zapier.json()) == {"id"}, zapier.text
        samples = server.get("hooks/sample?event=message.received")
        assert isinstance(samples, list) and samples[0]["type"] == "message.received" and samples[0]["id"], samples
        wanted = {"event": "thread.*", "notification_url": receiver.url}
        flow = server.ask("POST", "power-automate/triggers", wanted)
        location = flow.headers["Location"]
        assert flow.status_code == 201 and location.startswith(server.url), flow.headers
        kinds = {endpoint["kind"] for endpoint in server.get("endpoints")["data"]}
        assert kinds == {"zapier", "power_automate"}, kinds
        assert all(endpoint["url"] + "/hook" == receiver.url for endpoint in server.get("endpoints")["data"]), "a hook's path is shown"
        assert server.ask("DELETE", location).status_code == 204
        assert server.ask("DELETE", f"hooks/{zapier.json()['id']}").status_code == 204
        assert server.get("endpoints")["data"] == []
        connector = server.get("power-automate.json")
        assert connector["swagger"] == "2.0" and "x-ms-notification-content" in connector["paths"]["/power-automate/triggers"]


@promise("webhooks: an address inside the server's own network is refused and says why")
def inside(_simulator):
    with rapport({"RAPPORT_WEBHOOKS_ALLOW_PRIVATE_NETWORKS": "false"}) as server:
        for url in ("https://169.254.169.254/", "https://localhost/", "https://0x7f.1/", "http://example.com/", "https://[::ffff:10.0.0.1]/"):
            answer = server.ask("POST", "endpoints", {"url": url})
            assert answer.status_code == 422 and answer.json()["code"] == "url_not_called", f"{url}: {answer.text}"
        assert server.ask("POST", "endpoints", {"url": "https://crm.example.com/hook"}).status_code == 201
