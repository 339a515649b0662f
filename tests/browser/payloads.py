"""Mail that means harm, in a real browser: whatever a payload holds, no script runs and nobody outside is asked.

Each payload is the HTML of a mail in the simulator, which is told to take nothing out of it. Once they are mirrored, each is
shown in the frame of a message's page, many of them on one page, and then what the sanitiser left of it alone: without the frame's
sandbox and the policy, which would hide what it let through. A few are opened as a person would. To know that the look-out
works, each payload is shown raw first.

The payloads are not part of the project: they lie in the shared folder (RAPPORT_SHARED, or `shared` beside the checkout).
Without it, the few below are shown and the rest is said to be left out.

Prints `N payloads: N scripts run, N outside requests`.
"""

import json
import os
import pathlib
import time

from playwright.sync_api import Error

from console import Simulator, Tally

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
# Frames on one page.
TOGETHER = 50
# Shows documents in frames with nothing around them, waits for all, and gives what would run when somebody clicks, points or
# types in them, and which links lead to a script.
BARE_FRAMES = """documents => Promise.all(documents.map((text, place) => new Promise((shown) => {
  const frame = document.createElement("iframe");
  frame.name = `${place}`;
  frame.onload = () => shown([...frame.contentDocument?.querySelectorAll("*") ?? []].flatMap((it) => [
    ...[...it.attributes].filter((one) => /^on/i.test(one.name)).map((one) => `${it.localName} has ${one.name}`),
    ...(it.protocol && !/^(https?|mailto|tel):$/.test(it.protocol) && it.hasAttribute("href") ? [`a link leads to ${it.protocol}`] : []),
  ]));
  setTimeout(shown, 5000, []);
  frame.srcdoc = text;
  document.body.append(frame);
}))).then((found) => found.flat())"""
# The message page's own frame, once more for each of these texts.
OWN_FRAMES = """addresses => Promise.all(addresses.map((address) => new Promise((shown) => {
  const frame = document.querySelector("iframe.body").cloneNode();
  frame.removeAttribute("loading");
  frame.onload = () => shown(frame.contentDocument.title);
  frame.src = address;
  document.body.append(frame);
})))"""
# A script that runs is noted and goes on.
NOTING = """window.ran ??= []; for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => void top.ran.push(window.name)"""


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
        self.ran, self.asked, self.asked_by = [], [], set()
        self.page.on("dialog", self.dialog)
        self.page.on("pageerror", lambda error: self.ran.append(f"a script failed: {error}"))
        self.page.on("console", self.console)
        self.page.on("popup", lambda popup: (self.ran.append("a window opened"), popup.close()))
        self.page.route("**/*", self.route)

    def dialog(self, dialog) -> None:
        self.ran.append(f"{dialog.type}: {dialog.message}")
        try:
            dialog.dismiss()
        except Error:
            pass  # It went with its frame.

    def console(self, line) -> None:
        if "script" in line.text.lower() and line.type == "error":
            self.ran.append(line.text)

    def route(self, route) -> None:
        address = route.request.url
        if address.startswith((self.home, "data:", "blob:", "about:")):
            return route.continue_()
        self.asked.append(address)
        self.asked_by.add(route.request.frame.name)
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


def raw(context, home: str, payloads: list[str]) -> int:
    """How many payloads run a script or ask somebody when nothing stands around them."""
    harmful = 0
    for first in range(0, len(payloads), TOGETHER):
        look_out = LookOut(context, home)
        look_out.page.add_init_script(NOTING)
        look_out.page.goto("about:blank")
        look_out.page.evaluate(BARE_FRAMES, payloads[first : first + TOGETHER])
        look_out.page.wait_for_timeout(200)
        harmful += len({*look_out.page.evaluate("window.ran"), *look_out.asked_by})
        look_out.page.close()
    return harmful


def in_own_frames(look_out: LookOut, messages: list[str]) -> None:
    """The texts in frames like that of the message page, on it."""
    on_its_page(look_out, messages[0])
    titles = look_out.page.evaluate(OWN_FRAMES, [f"/messages/{message}/body" for message in messages])
    assert titles == ["Message"] * len(messages), f"not all texts were shown: {titles}"


def alone(context, look_out: LookOut, messages: list[str]) -> None:
    """What the sanitiser left, where everything is allowed."""
    texts = [context.request.get(f"{look_out.home}/messages/{message}/body").text() for message in messages]
    look_out.page.goto("about:blank")
    look_out.ran += look_out.page.evaluate(BARE_FRAMES, texts)


def on_its_page(look_out: LookOut, message: str) -> None:
    """The page that a person sees, with the text in its frame."""
    look_out.page.goto(f"{look_out.home}/messages/{message}", wait_until="load")
    look_out.page.locator("iframe.body").content_frame.locator("body").wait_for(state="attached")


def noted(context, look_out: LookOut, messages: list[str]) -> tuple[list[str], list[str]]:
    """What runs and who is asked when these are shown."""
    in_own_frames(look_out, messages)
    alone(context, look_out, messages)
    return look_out.take()


def show_all(context, home: str, payloads: list[str], ids: dict[int, str], tally: Tally) -> None:
    look_out, scripts, requests = LookOut(context, home), 0, 0
    for first in range(0, len(payloads), TOGETHER):
        numbers = range(first, min(first + TOGETHER, len(payloads)))
        if not any(noted(context, look_out, [ids[number] for number in numbers])):
            for number in numbers:
                tally.add(f"payload {number}", [])
            continue
        for number in numbers:
            ran, asked = noted(context, look_out, [ids[number]])
            scripts, requests = scripts + len(ran), requests + len(asked)
            tally.add(f"payload {number}", [f"{sentence}: {payloads[number][:120]!r}" for sentence in ran + asked])
    for number in range(len(OWN)):
        on_its_page(look_out, ids[number])
    ran, asked = look_out.take()
    tally.add("payloads: the message page", ran + asked)
    look_out.page.close()
    print(f"{len(payloads)} payloads: {scripts + len(ran)} scripts run, {requests + len(asked)} outside requests", flush=True)


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
    harmful = raw(context, home, payloads)
    tally.add("payloads: the look-out", [] if harmful >= len(OWN) - 1 else [f"shown raw, only {harmful} payloads do anything"])
    print(f"Shown raw, {harmful} of {len(payloads)} payloads run or ask somebody", flush=True)
    ids = mirrored(context, home, len(payloads) + 1)
    missing = [f"mail {number} is not here" for number in range(len(payloads) + 1) if number not in ids]
    tally.add("payloads: all are mirrored", missing)
    if missing:
        return
    show_all(context, home, payloads, ids, tally)
    tally.add("payloads: outside images come only when wanted", images(context, home, ids[len(payloads)]))
