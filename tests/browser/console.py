"""What every program of this directory needs: signing in, listening to what goes wrong on a page, the simulator, the tally."""

import json
import urllib.parse
import urllib.request

from playwright.sync_api import Error


def home_of(address: str) -> str:
    """Scheme and host of an address."""
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def sign_in(context, address: str) -> str:
    """Enters, and says where that led."""
    page = context.new_page()
    page.goto(address, wait_until="load")
    # Some sign-in links ask for a click, so that a preview of the link cannot use it up.
    button = page.locator("main form button")
    if "/sign-in" in page.url and button.count() == 1:
        button.click()
        page.wait_for_load_state("load")
    there = page.url.split("#")[0]
    page.close()
    return there


def listen(page, home: str) -> list[str]:
    """Sentences about what goes wrong on a page, filled while it lives."""
    wrong = []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda line: wrong.append(f"the browser says: {line.text}") if line.type == "error" else None)
    away = lambda request: not request.url.startswith((home, "data:", "blob:"))
    page.on("request", lambda request: wrong.append(f"asks another host: {request.url}") if away(request) else None)
    return wrong


class Simulator:
    """The demo's Microsoft 365, told what happens there."""

    def __init__(self, address: str) -> None:
        self.address = address

    def order(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/_sim/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


class Telling:
    """A story told in a browser, step by step; each step is a check."""

    name = "story"

    def __init__(self, context, home: str, simulator: "Simulator", tally: "Tally") -> None:
        self.context, self.home, self.simulator, self.tally = context, home, simulator, tally
        self.wrong = []

    def page(self, path: str, context=None):
        """A page of ours, whose faults are heard."""
        page = (context or self.context).new_page()
        self.wrong.append(listen(page, self.home))
        page.goto(self.home + path, wait_until="load")
        return page

    def step(self, what: str, act):
        """Does it; what it gives, or nothing if it failed."""
        try:
            given = act()
        except (AssertionError, Error, IndexError, OSError) as error:
            self.tally.add(f"{self.name}: {what}", [" | ".join(str(error).strip().splitlines()[:14])])
            return None
        self.tally.add(f"{self.name}: {what}", [])
        return given

    def conclude(self) -> None:
        """Nothing went wrong on any page."""
        self.tally.add(f"{self.name}: nothing goes wrong on a page", [sentence for heard in self.wrong for sentence in heard])


class Tally:
    """What was looked at, and what was found."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, what: str, wrong: list[str]) -> None:
        self.passed, self.failed = (self.passed, self.failed + 1) if wrong else (self.passed + 1, self.failed)
        for sentence in dict.fromkeys(wrong):
            print(f"FAILED  {what}: {sentence}", flush=True)

    def conclude(self) -> int:
        """Prints the line that is counted, and gives the status to end with."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
