"""A small HTTP listener that validates subscriptions and keeps the notifications it is sent."""

import http.server
import json
import queue
import threading
import urllib.parse


class Receiver:
    def __enter__(self):
        self.received = queue.Queue()
        self.validated = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                if "validationToken" in query:
                    owner.validated.append(self.path.split("?")[0])
                    self.answer(200, query["validationToken"][0].encode(), "text/plain")
                else:
                    owner.received.put((self.path, json.loads(body)))
                    self.answer(202, b"", "text/plain")

            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def next(self, seconds=15):
        """The next delivery: its path and its body."""
        return self.received.get(timeout=seconds)

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()
