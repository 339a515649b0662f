"""The console's pages in a real browser, each wide and on a phone, in light and in dark.

Each opens, says what it is, throws no script error, breaks no policy, loads nothing foreign, does not scroll sideways, has
no serious fault that axe-core finds, and can be walked through with the Tab key. Then the keys that the console offers.

Follows the console's own links breadth first, one page of each kind, so that a new page is looked at without being
listed here; LISTED names what must have been met.
"""

import importlib.util
import pathlib
import re
import urllib.parse

from console import Tally, listen

PAGES_MAX = 60
WIDTHS = {"wide": 1280, "phone": 390}
SCHEMES = ("light", "dark")
TABS_MAX = 40
# Kinds of page that the walk must meet, or the console has lost a way to them.
LISTED = (
    "/customers", "/threads", "/search", "/mailboxes", "/activity", "/audit", "/developers", "/developers/api", "/developers/keys",
    "/developers/endpoints", "/developers/endpoints/new", "/customers/exclusions", "/mailboxes/ID", "/messages/ID", "/threads/ID",
    "/outbox", "/drafts", "/compose", "/archives", "/templates", "/templates/new", "/mailboxes/ID/folders", "/mailboxes/ID/rules",
    "/mailboxes/ID/settings", "/calendar", "/contacts", "/contacts/ID", "/contacts/syncs/ID",
)
# And once mail was sent and brought out.
AFTER_THE_STORY = ("/outbox/ID", "/archives/ID", "/tracking")
AXE = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).parent / "axe.min.js"
SERIOUS = ("serious", "critical")
# What a focused element shows: an outline or a shadow of its own.
FOCUS = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const style = getComputedStyle(it), box = it.getBoundingClientRect();
  const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const place = it.id || it.getAttribute("href") || it.getAttribute("name") || it.textContent.trim().slice(0, 30);
  return { name: `${it.tagName.toLowerCase()} ${place}`, seen: seen || it.tagName === "IFRAME", there: box.width > 0 && box.height > 0,
           skip: it.classList.contains("skip") };
}"""


def kind(address: str) -> str:
    """The shape of an address: ids left out, and of the query all but its names."""
    parts = urllib.parse.urlsplit(address)
    path = re.sub(r"[a-z]{3}_[0-9A-Z]{13}", "ID", parts.path)
    names = sorted({name for name, _ in urllib.parse.parse_qsl(parts.query)} - {"before", "after"})
    return path + ("?" + "&".join(names) if names else "")


def look(page, address: str) -> list[str]:
    """What can be seen to be wrong with the page at this address."""
    wrong = []
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status != 200:
        wrong.append(f"answered {answer.status if answer else 'nothing'}")
    if not page.title().strip():
        wrong.append("has no title")
    if page.locator("h1").count() != 1:
        wrong.append(f"has {page.locator('h1').count()} first headings")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
        wrong.append("scrolls sideways")
    return wrong


def faults(page) -> list[str]:
    """What axe-core calls serious or worse. The text of a mail is its sender's, so frames are left out."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { iframes: false, resultTypes: ['violations'] })")
    violations = [one for one in found["violations"] if one["impact"] in SERIOUS]
    return [f"axe: {one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in violations]


def walk(page) -> list[str]:
    """Presses Tab through the page: the first stop skips to the content, and each stop can be seen."""
    wrong = []
    page.evaluate("document.activeElement?.blur()")
    for step in range(TABS_MAX):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            return wrong
        if step == 0 and not stop["skip"]:
            wrong.append(f"the first stop of Tab is not the link to the content, but {stop['name']}")
        if not stop["seen"] or not stop["there"]:
            wrong.append(f"the focus cannot be seen on {stop['name']}")
    return wrong


def keys(page, home: str) -> list[str]:
    """The keys that the console offers, one after another."""
    wrong = []

    def expect(what: str, holds: bool) -> None:
        if not holds:
            wrong.append(f"{what} (at {urllib.parse.urlsplit(page.url).path})")

    page.goto(f"{home}/threads", wait_until="load")
    page.keyboard.press("?")
    expect("? does not show the keys", page.locator("dialog#keys").evaluate("dialog => dialog.open"))
    page.keyboard.press("Escape")
    expect("Escape does not close them", not page.locator("dialog#keys").evaluate("dialog => dialog.open"))
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.evaluate("document.activeElement === document.querySelector('main [data-row]')")
    expect("j, j, k does not end on the first line", first)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect("Enter does not open the line", "/threads/" in page.url)
    up = page.locator("main .heading .crumb a").last.get_attribute("href")
    with page.expect_navigation():
        page.keyboard.press("u")
    expect("u does not lead up", page.url.endswith(up))
    for letter, path in {"c": "/customers", "s": "/search", "m": "/mailboxes", "d": "/developers", "o": "/outbox", "b": "/contacts", "k": "/calendar"}.items():
        with page.expect_navigation():
            page.keyboard.press("g")
            page.keyboard.press(letter)
        expect(f"g {letter} does not lead to {path}", urllib.parse.urlsplit(page.url).path == path)
    for path in ("/mailboxes", "/search"):
        page.goto(f"{home}{path}", wait_until="load")
        page.keyboard.press("/")
        page.wait_for_url(f"{home}/search*", wait_until="load")
        expect(f"/ on {path} does not reach the search", page.evaluate("document.activeElement.type") == "search")
    page.keyboard.type("gc?")
    expect("keys act while somebody types", urllib.parse.urlsplit(page.url).path == "/search" and page.locator("main input[type=search]").input_value() == "gc?")
    return wrong


def links(page, home: str) -> list[str]:
    """Pages of ours that this one leads to."""
    found = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    leads_away = re.compile(r"/auth/|/sign-?out|/logout|/attachment\b|/inline\b|/original|\.eml|\.json|/api/|images=")
    return [link.split("#")[0] for link in found if link.startswith(home) and not leads_away.search(link)]


def visit(context, address: str, home: str, directory: pathlib.Path, tally: Tally) -> list[str]:
    """Looks at one page in every width and scheme, and says where it leads."""
    onward = []
    title = re.sub(r"[^a-z0-9]+", "-", kind(address).lower()).strip("-") or "home"
    for name, width in WIDTHS.items():
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=SCHEMES[0])
        wrong = listen(page, home)
        wrong += look(page, address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=directory / f"{title}-{name}-{scheme}.png", full_page=False)
            wrong += [f"{fault}, {scheme}" for fault in faults(page)]
        if name == "wide":
            wrong += walk(page)
            onward = links(page, home)
        page.close()
        tally.add(f"{kind(address)} ({name})", wrong)
    return onward


def walk_through(context, start: str, home: str, directory: pathlib.Path, tally: Tally, listed=LISTED) -> None:
    """Looks at every kind of page that can be reached from `start`, and tries the keys."""
    directory.mkdir(parents=True, exist_ok=True)
    # What no link leads to: an answer with its marks and chips, and a mistake at its place.
    waiting, seen = [start, f"{home}/search?q=offer+-is:draft", f"{home}/search?q=form:bo&order=ranked"], set()
    while waiting and len(seen) < PAGES_MAX:
        address = waiting.pop(0)
        if kind(address) in seen:
            continue
        seen.add(kind(address))
        waiting += visit(context, address, home, directory, tally)
    tally.add("the walk through the console", [f"nothing leads to {page}" for page in listed if page not in seen])
    page = context.new_page()
    wrong = listen(page, home)
    tally.add("the keys", keys(page, home) + wrong)
    page.close()
