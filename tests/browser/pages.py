"""The console's pages in a real browser: each opens, says what it is, throws no script error, loads nothing foreign.

Usage: python pages.py CHROMIUM SIGN_IN_ADDRESS SCREENSHOT_DIRECTORY
Follows the console's own links breadth first, one page of each kind, so that a new page is looked at without being
listed here. Prints `N passed, N failed`.
"""

import pathlib
import re
import sys
import urllib.parse

from playwright.sync_api import sync_playwright

PAGES_MAX = 24
WIDTHS = {"wide": 1280, "phone": 390}


def kind(address: str) -> str:
    """The shape of an address: ids and queries left out."""
    path = urllib.parse.urlsplit(address).path
    return re.sub(r"[a-z]{3}_[0-9A-Z]{13}", "ID", path)


def look(page, address: str, home: str) -> list[str]:
    """What is wrong with the page at this address."""
    wrong, foreign = [], []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith((home, "data:", "blob:")) else None)
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status != 200:
        wrong.append(f"answered {answer.status if answer else 'nothing'}")
    if not page.title().strip():
        wrong.append("has no title")
    if page.locator("h1").count() == 0:
        wrong.append("has no heading")
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    if wide:
        wrong.append("scrolls sideways")
    wrong += [f"asks another host for {urllib.parse.urlsplit(url).netloc}" for url in foreign]
    return wrong


def links(page, home: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    leads_away = re.compile(r"/auth/|/sign-?out|/logout|/attachment\b|/inline\b|/original|\.eml")
    return [link.split("#")[0] for link in found if link.startswith(home) and not leads_away.search(link)]


def main() -> int:
    chromium, sign_in, directory = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    directory.mkdir(parents=True, exist_ok=True)
    parts = urllib.parse.urlsplit(sign_in)
    home = f"{parts.scheme}://{parts.netloc}"
    passed = failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": WIDTHS["wide"], "height": 900})
        first = context.new_page()
        first.goto(sign_in, wait_until="load")
        # Some sign-in links ask for a click, so that a preview of the link cannot use it up.
        button = first.locator("main form button")
        if button.count() == 1:
            button.click()
            first.wait_for_load_state("load")
        waiting, seen = [first.url.split("#")[0]], set()
        while waiting and len(seen) < PAGES_MAX:
            address = waiting.pop(0)
            if kind(address) in seen:
                continue
            seen.add(kind(address))
            for name, width in WIDTHS.items():
                page = context.new_page()
                page.set_viewport_size({"width": width, "height": 900})
                wrong = look(page, address, home)
                title = re.sub(r"[^a-z0-9]+", "-", kind(address).lower()).strip("-") or "home"
                page.screenshot(path=directory / f"{title}-{name}.png", full_page=False)
                if name == "wide":
                    waiting += links(page, home)
                page.close()
                passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
                for sentence in wrong:
                    print(f"FAILED  {kind(address)} ({name}): {sentence}")
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
