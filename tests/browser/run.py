"""Everything of this directory, one after another on one demo: the stories first, so that the pages have something to show, the
mail that means harm last.

Usage: python run.py CHROMIUM SIGN_IN_ADDRESS SIMULATOR SCREENSHOT_DIRECTORY [story] [contacts] [calendar] [pages] [payloads]
With names behind it, only those parts.
Prints `N passed, N failed`.
"""

import pathlib
import sys

from playwright.sync_api import sync_playwright

import calendar_story as calendar
import contacts
import pages
import payloads
import story
from console import Simulator, Tally, home_of, sign_in


def main() -> int:
    chromium, entrance, simulator, pictures = sys.argv[1], sys.argv[2], Simulator(sys.argv[3]), pathlib.Path(sys.argv[4])
    wanted = sys.argv[5:] or ["story", "contacts", "calendar", "pages", "payloads"]
    tally, home = Tally(), home_of(entrance)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": pages.WIDTHS["wide"], "height": 900})
        start = sign_in(context, entrance)
        if "story" in wanted:
            story.tell(context, home, simulator, tally)
        if "contacts" in wanted:
            contacts.tell(context, home, simulator, tally)
        if "calendar" in wanted:
            calendar.tell(context, home, simulator, tally)
        if "pages" in wanted:
            listed = pages.LISTED + (pages.AFTER_THE_STORY if "story" in wanted else ())
            pages.walk_through(context, start, home, pictures, tally, listed)
        if "payloads" in wanted:
            payloads.show(context, home, simulator, tally)
        browser.close()
    return tally.conclude()


if __name__ == "__main__":
    sys.exit(main())
