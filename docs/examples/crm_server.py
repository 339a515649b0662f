"""A sample CRM in one file: serves crm.html and asks Rapport for the address of a customer's timeline.

    RAPPORT_URL=http://localhost:3000 RAPPORT_KEY=rpt_... python3 docs/examples/crm_server.py

Rapport must know this server's origin: RAPPORT_EMBED_ORIGINS=http://localhost:8080. The key needs the scopes read and embed,
and never leaves this server: the browser only gets an address that opens one customer's timeline for ten minutes. A real CRM
sends its signed-in user's JWT instead of the key, so that each user sees what that user may see.
"""

import html
import json
import os
import pathlib
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RAPPORT = os.environ.get("RAPPORT_URL", "http://localhost:3000")
KEY = os.environ["RAPPORT_KEY"]
ORIGIN = os.environ.get("CRM_ORIGIN", "http://localhost:8080")
PAGE = pathlib.Path(__file__).with_name("crm.html").read_text(encoding="utf-8")


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(RAPPORT + path, data, headers), timeout=10) as answer:
        return json.load(answer)


class Crm(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        wanted = dict(urllib.parse.parse_qsl(address.query)).get("customer")
        if address.path == "/timeline" and wanted:
            # A real CRM checks here that its user may see this customer.
            return self.answer("application/json", json.dumps(ask("/api/v1/embed", {"customer": wanted, "origin": ORIGIN})))
        if address.path == "/":
            customers = [ask(f"/api/v1/customers/{wanted}")] if wanted else ask("/api/v1/customers?limit=1")["data"]
            if customers:
                values = {"name": customers[0]["name"], "customer": customers[0]["id"], "rapport": RAPPORT}
                page = PAGE
                for name, value in values.items():
                    page = page.replace("{{" + name + "}}", html.escape(value))
                return self.answer("text/html; charset=utf-8", page)
        self.send_error(404)

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    port = urllib.parse.urlsplit(ORIGIN).port or 8080
    ThreadingHTTPServer(("127.0.0.1", port), Crm).serve_forever()
