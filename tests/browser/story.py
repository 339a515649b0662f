"""One mail in a real browser, from writing it to what came back, without reloading a page by hand.

A mail with tracking is written and sent; its page says when it stands in Sent Items. The person outside answers: the open
thread shows it. They load the pixel and follow the link: the mail's page shows both. Another mail comes back. Then original
mail is brought out. The simulator plays the outside.
"""

import email
import email.policy
import html
import http.client
import re
import time
import urllib.parse

from playwright.sync_api import expect

from console import Simulator, Tally, Telling, listen

PATIENCE_MS = 25_000
# Sooner than this after sending, a touch says little (`model::tracking`).
READING_S = 11
SHOP = "https://shop.outside.example/offer?id=7"
PERSON = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept-Language": "en-GB",
}


# The sender's browser is at 127.0.0.1, and who comes from there is the sender.
ELSEWHERE = "127.0.0.2"


def visit(address: str) -> tuple[int, str]:
    """Status and Location, as the reader's browser gets them. The link leads outside, so it is not followed."""
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10, source_address=(ELSEWHERE, 0))
    connection.request("GET", parts.path, headers={"Host": parts.netloc, **PERSON})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("Location", "")


class Story(Telling):
    """What happens, step by step."""

    def __init__(self, context, home: str, simulator: Simulator, tally: Tally) -> None:
        super().__init__(context, home, simulator, tally)
        self.tabs = []

    def tab(self, address: str):
        """A page of its own that is never loaded again: the mark would be gone."""
        page = self.page(address.removeprefix(self.home))
        self.tabs.append(page)
        return page

    def write(self, to: str, subject: str, text: str, tracked: bool):
        """Writes a mail and sends it; gives its page."""
        page = self.tab(f"{self.home}/compose")
        page.get_by_label("To", exact=True).fill(to)
        page.get_by_label("Subject", exact=True).fill(subject)
        page.get_by_label("Text", exact=True).fill(text)
        page.get_by_label("Tell me whether it is opened").set_checked(tracked)
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**/outbox/out_*")
        expect(page.get_by_text("Queued")).to_be_visible()
        page.evaluate("window.untouched = true")
        return page

    def received(self, subject: str):
        """The mail as the person outside has it."""
        for mail in self.simulator.order("GET", "outside")["value"]:
            message = email.message_from_string(mail["mime"], policy=email.policy.default)
            if message["Subject"] == subject:
                return mail, message.get_body(("html",)).get_content()
        raise AssertionError(f"nobody outside has received “{subject}”")

    def tell(self) -> None:
        # Microsoft on a quick day, or the story would be as long as its delays.
        quick = {"submissionDelayMs": [200, 400], "sentCopyDelayMs": [0, 200], "notificationDelaySeconds": [1, 1]}
        self.simulator.order("PATCH", "settings", {"graph": {"bouncing": [["gone@outside.example", "5.1.1"]], **quick}})
        gone = "gone@outside.example"
        lost = self.step("a mail to an address that is not there is sent", lambda: self.write(gone, "Are you there?", "Hello?", False))
        text = f"Dear Rosa,\n\nhere is [our offer]({SHOP}).\n\nBest regards"
        rosa = "Rosa Lind <rosa@outside.example>"
        mail = self.step("a tracked mail is written and sent", lambda: self.write(rosa, "The offer of the story", text, True))
        if mail is None or lost is None:
            return
        sent = self.step("its page says by itself that it is in Sent Items", lambda: self.is_sent(mail))
        thread = sent and self.step("its thread is one click away", lambda: self.open_thread(mail))
        if not thread:
            return
        outside, body = self.received("The offer of the story")
        self.step("an answer appears in the open thread", lambda: self.answer(thread, outside["number"]))
        self.step("the mail's page says that it was answered", lambda: self.says(mail, "Answered"))
        self.step("original mail is brought out", self.archive)
        self.step("a mail with a file is looked at, kept as a draft, written on and sent", self.draft)
        self.step("the pixel is loaded and the link leads where it should", lambda: self.read(mail, body))
        self.step("the mail's page says that it was opened", lambda: self.says(mail, "Opened"))
        self.step("the mail's page says that its link was followed", lambda: self.says(mail, "Followed"))
        why = lost.get_by_text("There is no such address.")
        self.step("a mail that comes back says why", lambda: expect(why).to_be_visible(timeout=PATIENCE_MS))
        self.step("no page was loaded again", self.untouched)
        self.conclude()

    def says(self, page, word: str) -> None:
        expect(page.locator(".tone.good", has_text=word)).to_be_visible(timeout=PATIENCE_MS)

    def is_sent(self, page) -> bool:
        expect(page.locator("tr", has_text="In Sent Items")).to_be_visible(timeout=PATIENCE_MS)
        self.sent_at = time.monotonic()
        return True

    def open_thread(self, page):
        link = page.get_by_role("link", name="Its thread")
        expect(link).to_be_visible(timeout=PATIENCE_MS)
        thread = self.tab(self.home + link.get_attribute("href"))
        expect(thread.locator("details.message")).to_have_count(1)
        expect(thread.get_by_text("remote image"), "the sender's own pixel is counted").to_have_count(0)
        thread.evaluate("window.untouched = true; document.querySelector('details.message').kept = true")
        return thread

    def answer(self, thread, number: int) -> None:
        self.simulator.order("POST", f"outside/{number}/answer", {"text": "Gladly, the second option please."})
        messages = thread.locator("details.message")
        expect(messages).to_have_count(2, timeout=PATIENCE_MS)
        said = messages.last.frame_locator("iframe.body").get_by_text("Gladly, the second option please.")
        expect(said).to_be_visible(timeout=PATIENCE_MS)
        expect(thread.get_by_text("2 messages")).to_be_visible(timeout=PATIENCE_MS)
        kept = thread.evaluate("document.querySelector('details.message').kept === true && document.querySelector('details.message').open")
        assert kept, "the message that stood there was put anew or closed"

    def read(self, page, body: str) -> None:
        wait_ms = 1000 * (self.sent_at + READING_S - time.monotonic())
        page.wait_for_timeout(max(wait_ms, 0))
        (pixel,) = re.findall(r'<img[^>]+src="([^"]+/t/o/[^"]+)"', body)
        (link,) = re.findall(r'<a[^>]+href="([^"]+/t/c/[^"]+)"', body)
        assert visit(html.unescape(pixel))[0] == 200, "the pixel is not answered"
        page.wait_for_timeout(1000)
        assert visit(html.unescape(link)) == (302, SHOP), "the link does not lead to its address"

    def untouched(self) -> None:
        for page in self.tabs:
            assert page.evaluate("window.untouched === true"), f"{page.url} was loaded again"

    def draft(self) -> None:
        page, subject = self.context.new_page(), "The draft of the story"
        self.wrong.append(listen(page, self.home))
        page.goto(f"{self.home}/compose", wait_until="load")
        page.get_by_label("To", exact=True).fill("Rosa Lind <rosa@outside.example>")
        page.get_by_label("Subject", exact=True).fill(subject)
        page.get_by_label("Text", exact=True).fill("First words.")
        page.get_by_label("Files").set_input_files([{"name": "offer.txt", "mimeType": "text/plain", "buffer": b"one offer"}])
        expect(page.get_by_text("offer.txt (9 B)")).to_be_visible()
        page.get_by_role("button", name="Look at it first").click()
        look = page.get_by_label("How it would leave")
        expect(look.get_by_text("With offer.txt")).to_be_visible()
        expect(page.get_by_text("offer.txt (9 B)")).to_be_visible()
        page.get_by_role("button", name="Keep as a draft").click()
        page.wait_for_url("**/outbox/out_*")
        expect(page.locator(".tone.good", has_text="In Drafts")).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("main").get_by_role("link", name="Drafts").click()
        row = page.locator("ol.messages a", has_text=subject)
        expect(row).to_be_visible(timeout=PATIENCE_MS)
        row.click()
        page.get_by_role("link", name="Write on").click()
        text = page.get_by_label("Text", exact=True)
        expect(text).to_have_value(re.compile("First words."))
        text.fill("Second words.")
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**/outbox/out_*")
        expect(page.locator("tr", has_text="In Sent Items")).to_be_visible(timeout=2 * PATIENCE_MS)
        mails = [email.message_from_string(mail["mime"], policy=email.policy.default) for mail in self.simulator.order("GET", "outside")["value"]]
        (sent,) = [mail for mail in mails if mail["Subject"] == subject]
        files = [(part.get_filename(), part.get_content()) for part in sent.iter_attachments()]
        assert files == [("offer.txt", "one offer")], f"it arrived with {files}"
        assert "Second words." in sent.get_body().get_content(), "it arrived with other words"

    def archive(self) -> None:
        page = self.tab(f"{self.home}/archives")
        page.get_by_text("Into a directory of the server").click()
        form = page.locator("form", has=page.locator("#directory-path"))
        form.get_by_label("Mailbox").select_option(index=1)
        form.get_by_label("Directory").fill("story")
        form.get_by_role("button", name="Start").click()
        page.wait_for_url("**/archives/arc_*")
        page.evaluate("window.untouched = true")
        expect(page.locator(".tone", has_text="Done")).to_be_visible(timeout=PATIENCE_MS)


def tell(context, home: str, simulator: Simulator, tally: Tally) -> None:
    """Plays the story."""
    Story(context, home, simulator, tally).tell()
