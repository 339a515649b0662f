"""Mail that means harm, in a real browser: whatever a payload holds, no script runs and nobody outside is asked.

Each payload is the HTML of a mail in the simulator, which is told to take nothing out of it. Once they are mirrored, each is
looked at on its message's page, and then what the sanitiser left of it alone: without the frame's sandbox and the policy, which
would hide what it let through. To know that the look-out works, each payload is shown raw first.

The payloads are not part of the project: they lie in the shared folder (RAPPORT_SHARED, or `shared` beside the checkout).
Without it, the few below are shown and the rest is said to be left out.

Usage: python payloads.py CHROMIUM SIGN_IN_ADDRESS SIMULATOR
Prints `N payloads: N scripts run, N outside requests` and `N passed, N failed`.
"""

import json
import os
import pathlib
import sys
import time

from playwright.sync_api import sync_playwright

from console import Simulator, Tally, home_of, sign_in

MIRRORED_WITHIN_S = 60
OWN = (
    "<script>alert(1)</script><p onclick=alert(1)>x</p>",
    "<img src=x onerror=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<a href=javascript:alert(1)>x</a><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'><link rel=stylesheet href=https://evil.example/x.css>",
    "<p style=\"background:url(https://evil.example/x.png)\">x</p><video poster=https://evil.example/x.png></video>",
)
IMAGES = ("https://images.outside.example/a.png?u=1", "http://images.outside.example/b.gif")
WITH_IMAGES = f'<p>Look</p><img src="{IMAGES[0]}"><img src="{IMAGES[1]}" width="1" height="1"><p style="background:url(https://images.outside.example/c.png)">x</p>'
POINT = bytes.fromhex("47494638396101000100800000000000000000 21f90401000000002c00000000010001000002024401003b".replace(" ", ""))
# What would run when somebody clicks, points or types, and links that lead to a script.
LURKING = """() => [...document.querySelectorAll("*")].flatMap((it) => [
  ...[...it.attributes].filter((one) => /^on/i.test(one.name)).map((one) => `${it.localName} ${one.name}`),
  ...(it.protocol && !/^(https?|mailto|tel):$/.test(it.protocol) && it.hasAttribute("href") ? [`a link to ${it.protocol}`] : []),
])"""


def given() -> list[str]:
    """The payloads of the shared folder; none where there is none."""
    beside = pathlib.Path(__file__).resolve().parents[2].parent / "shared"
    file = pathlib.Path(os.environ.get("RAPPORT_SHARED", beside)) / "data/xss/payloads.json"
    if not file.exists():
        print("left out: no data/xss/payloads.json in the shared folder (RAPPORT_SHARED names it)", flush=True)
        return []
    return [one["payload"] for one in json.loads(file.read_text())]


class LookOut:
    """Notes on one page: scripts that ran or tried to, and who outside was asked. Nothing gets out."""

    def __init__(self, context, home: str) -> None:
        self.page = context.new_page()
        self.home = home
        self.ran, self.asked = [], []
        self.page.on("dialog", self.dialog)
        self.page.on("pageerror", lambda error: self.ran.append(f"a script failed: {error}"))
        self.page.on("console", self.console)
        self.page.on("popup", lambda popup: (self.ran.append("a window opened"), popup.close()))
        self.page.route("**/*", self.route)

    def dialog(self, dialog) -> None:
        self.ran.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def console(self, line) -> None:
        if "script" in line.text.lower() and line.type == "error":
            self.ran.append(line.text)

    def route(self, route) -> None:
        address = route.request.url
        if address.startswith((self.home, "data:", "blob:", "about:")):
            return route.continue_()
        self.asked.append(address)
        return route.fulfill(status=200, content_type="image/gif", body=POINT)

    def take(self) -> tuple[list[str], list[str]]:
        """What was noted since it was last taken."""
        noted, self.ran, self.asked = (self.ran, self.asked), [], []
        return noted


def deliver(simulator: Simulator, mailbox: str, number: int, content: str) -> None:
    message = {"subject": f"payload {number}", "body": {"contentType": "html", "content": content}}
    message["from"] = {"emailAddress": {"name": "Mallory", "address": "mallory@evil.example"}}
    simulator.order("POST", f"mailboxes/{mailbox}/messages", {"folder": "inbox", "message": message})


def mirrored(context, home: str, count: int) -> dict[int, str]:
    """The ids of the mails by number, once all are here with their text."""
    deadline, found = time.monotonic() + MIRRORED_WITHIN_S, {}
    while len(found) < count and time.monotonic() < deadline:
        time.sleep(0.5)
        found, cursor = {}, ""
        while True:
            answer = context.request.get(f"{home}/api/v1/messages?limit=200" + (f"&cursor={cursor}" if cursor else "")).json()
            mine = [one for one in answer["data"] if (one["subject"] or "").startswith("payload ")]
            found |= {int(one["subject"].split()[1]): one["id"] for one in mine}
            cursor = answer["next"]
            if not cursor or not mine:
                break
    return found


def raw(look_out: LookOut, payloads: list[str]) -> int:
    """How many payloads run or ask somebody when nothing stands around them."""
    harmful = 0
    for payload in payloads:
        look_out.page.goto(f"{look_out.home}/assets/icon.svg")
        look_out.page.goto("about:blank")
        look_out.page.set_content(payload, wait_until="commit")
        look_out.page.wait_for_timeout(20)
        harmful += any(look_out.take())
    return harmful


def on_its_page(look_out: LookOut, message: str) -> None:
    """The page that a person sees, with the text in its frame."""
    look_out.page.goto(f"{look_out.home}/messages/{message}", wait_until="load")
    frame = look_out.page.locator("iframe.body")
    if frame.count():
        frame.content_frame.locator("body").wait_for(state="attached")


def alone(context, look_out: LookOut, message: str) -> None:
    """What the sanitiser left, in a page where everything is allowed."""
    answer = context.request.get(f"{look_out.home}/messages/{message}/body")
    look_out.page.goto("about:blank")
    look_out.page.set_content(answer.text(), wait_until="commit")
    look_out.ran += look_out.page.evaluate(LURKING)


def show_all(context, home: str, payloads: list[str], ids: dict[int, str], tally: Tally) -> None:
    look_out, scripts, requests = LookOut(context, home), 0, 0
    for number, payload in enumerate(payloads):
        on_its_page(look_out, ids[number])
        alone(context, look_out, ids[number])
        ran, asked = look_out.take()
        scripts, requests = scripts + len(ran), requests + len(asked)
        tally.add(f"payload {number}", [f"{sentence}: {payload[:120]!r}" for sentence in ran + asked])
    look_out.page.close()
    print(f"{len(payloads)} payloads: {scripts} scripts run, {requests} outside requests", flush=True)


def images(context, home: str, message: str) -> list[str]:
    """Outside images are asked for once somebody wants them, and nothing else is."""
    look_out, wrong = LookOut(context, home), []
    on_its_page(look_out, message)
    early = look_out.take()[1]
    if early:
        wrong.append(f"asked without being wanted: {early}")
    look_out.page.get_by_role("link", name="Show remote images").click()
    look_out.page.wait_for_url("**?images=remote")
    on_show = look_out.page.locator("iframe.body").content_frame.locator("img").first
    on_show.wait_for(state="attached")
    look_out.page.wait_for_timeout(500)
    asked = sorted(set(look_out.take()[1]))
    if asked != sorted(IMAGES):
        wrong.append(f"wanted, {asked} were asked for, not {sorted(IMAGES)}")
    look_out.page.close()
    return wrong


def show(context, home: str, simulator: Simulator, tally: Tally) -> None:
    """Puts the payloads into a mailbox and looks at each."""
    payloads = [*OWN, *given()]
    simulator.order("PATCH", "settings", {"graph": {"htmlIsSanitised": False}})
    mailbox = simulator.order("GET", "mailboxes")["value"][0]["userPrincipalName"]
    for number, payload in enumerate([*payloads, WITH_IMAGES]):
        deliver(simulator, mailbox, number, payload)
    look_out = LookOut(context, home)
    harmful = raw(look_out, payloads)
    look_out.page.close()
    tally.add("payloads: the look-out", [] if harmful >= len(OWN) - 1 else [f"shown raw, only {harmful} payloads do anything"])
    print(f"Shown raw, {harmful} of {len(payloads)} payloads run or ask somebody", flush=True)
    ids = mirrored(context, home, len(payloads) + 1)
    missing = [f"mail {number} is not here" for number in range(len(payloads) + 1) if number not in ids]
    tally.add("payloads: all are mirrored", missing)
    if missing:
        return
    show_all(context, home, payloads, ids, tally)
    tally.add("payloads: outside images come only when wanted", images(context, home, ids[len(payloads)]))


def main() -> int:
    chromium, entrance, simulator = sys.argv[1:4]
    tally = Tally()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        sign_in(context, entrance)
        show(context, home_of(entrance), Simulator(simulator), tally)
        browser.close()
    return tally.conclude()


if __name__ == "__main__":
    sys.exit(main())
