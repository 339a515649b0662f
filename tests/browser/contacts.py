"""Contacts in a real browser: connected, synchronised, counted, merged with what a file brings, and parted again.

The simulator plays another program that writes into the address book at Microsoft.
"""

import re

from playwright.sync_api import expect

from console import Simulator, Tally, Telling

PATIENCE_MS = 25_000
WHO = "anna@contoso.example"
TABLE = """Name,Phone,Email,Company
B. Storyman,+62 813 7777 1234,,Story Inc
Nobody Atall,14045,,
Wati Tale,,wati@one.example,Tale
Wati Tale,,wati.tale@two.example,Tale
"""


class Contacts(Telling):
    """What happens, step by step."""

    name = "contacts"

    def tell(self) -> None:
        main = self.step("the page says what is connected", self.connected)
        if main is None:
            return
        self.step("numbers without a country are read when the region is set", self.region)
        person = {"displayName": "Budi Storyman", "mobilePhone": "+62 813-7777-1234", "companyName": "Story Inc"}
        self.simulator.order("POST", f"mailboxes/{WHO}/contacts", person)
        self.step("a synchronisation is counted, and its list opens", lambda: self.sync(main))
        self.step("a file is brought, and what could not be used is said", self.bring)
        self.step("a contact of two sources shows both side by side, and why", self.merged)
        self.step("it is parted, and what was said is taken back", self.undo)
        self.step("a name by hand goes before what sources say", self.rename)
        self.step("what may be one person's is proposed, and joined by a click", self.review)
        self.step("an account at Google is connected and read", self.google)
        self.step("who writes on WhatsApp is there", self.whatsapp)
        self.conclude()

    def connected(self):
        page = self.page("/contacts")
        own = page.locator("section.panel", has=page.get_by_role("heading", name="Outlook"))
        line = own.locator(".book", has_text=WHO)
        expect(line.locator(".tone.good", has_text="Connected")).to_be_visible()
        expect(line.get_by_text("20 contacts")).to_be_visible(timeout=PATIENCE_MS)
        return line

    def region(self) -> None:
        page = self.page("/contacts?q=Budi%20Santoso")
        expect(page.locator("ol.objects .number")).to_have_text("")
        page.get_by_text("Set the region").click()
        page.get_by_label("Country, by its two letters").fill("id")
        page.get_by_role("button", name="Read all numbers so").click()
        expect(page.get_by_text("read as numbers of ID")).to_be_visible()
        page.goto(f"{self.home}/contacts?q=Budi%20Santoso", wait_until="load")
        expect(page.locator("ol.objects .number")).to_have_text("+6281255501001")

    def sync(self, line) -> None:
        page = line.page
        line.get_by_role("button", name="Sync now").click()
        page.wait_for_url("**/contacts/syncs/csy_*")
        expect(page.locator(".tone.good", has_text="Done")).to_be_visible(timeout=PATIENCE_MS)
        new = page.locator(".counts a", has_text="New")
        expect(new.locator(".figure")).to_have_text("1")
        new.click()
        expect(page.locator("#lines td", has_text="Budi Storyman")).to_be_visible()
        expect(page.locator("#lines td", has_text="+6281377771234")).to_be_visible()

    def bring(self) -> None:
        page = self.page("/contacts")
        source = page.locator("section.panel", has=page.get_by_role("heading", name="Google"))
        source.get_by_text("Bring a file").click()
        source.get_by_label("File", exact=True).set_input_files({"name": "contacts.csv", "mimeType": "text/csv", "buffer": TABLE.encode()})
        source.get_by_role("button", name="Bring").click()
        told = source.locator("output")
        expect(told).to_contain_text("4 read.")
        line = source.locator(".book", has_text="Google")
        expect(line.get_by_text("4 contacts")).to_be_visible(timeout=PATIENCE_MS)
        # The address books beside it were drawn anew meanwhile.
        expect(told).to_contain_text("4 read.")
        told.get_by_role("link", name="Look what came of it").click()
        expect(page.locator(".tone.good", has_text="Done")).to_be_visible(timeout=PATIENCE_MS)
        figures = page.locator(".counts .figure").all_inner_texts()
        assert figures == ["0", "0", "1", "3"], f"new, updated, merged, skipped: {figures}"
        page.locator(".counts a", has_text="Skipped").click()
        expect(page.get_by_text("It is too short for a phone number")).to_be_visible()

    def open(self, name: str):
        page = self.page(f"/contacts?q={name}")
        page.locator("ol.objects a").first.click()
        return page

    def merged(self) -> None:
        page = self.open("0813 7777 1234".replace(" ", "%20"))
        expect(page.get_by_role("heading", name="Budi Storyman")).to_be_visible()
        expect(page.locator("h1 ~ .summary .badge")).to_have_text(["Outlook", "Google"])
        expect(page.locator(".cards .panel")).to_have_count(2)
        expect(page.get_by_text("The same number: +6281377771234")).to_be_visible()
        expect(page.get_by_text("It comes from Outlook, which goes before Google.")).to_be_visible()

    def undo(self) -> None:
        page = self.open("Storyman")
        page.locator(".cards .panel", has_text="Google").get_by_label("Somebody else").check()
        page.get_by_role("button", name="The ticked ones are somebody else").click()
        page.wait_for_load_state("load")
        expect(page.get_by_text("Parted by")).to_be_visible()
        expect(page.locator(".cards .panel")).to_have_count(1)
        page.goto(f"{self.home}/contacts?q=Storyman", wait_until="load")
        expect(page.locator("ol.objects li")).to_have_count(2)
        page.locator("ol.objects a").first.click()
        page.get_by_role("button", name="Take it back").click()
        page.wait_for_load_state("load")
        expect(page.locator(".cards .panel")).to_have_count(2)

    def rename(self) -> None:
        page = self.open("Storyman")
        page.get_by_label("Name", exact=True).fill("Pak Budi")
        page.get_by_role("button", name="Rename").click()
        expect(page.get_by_role("heading", name="Pak Budi")).to_be_visible()
        expect(page.get_by_text("A person set it.")).to_be_visible()
        page.get_by_role("button", name="As its sources call it").click()
        expect(page.get_by_role("heading", name="Budi Storyman")).to_be_visible()

    def review(self) -> None:
        page = self.page("/contacts")
        link = page.get_by_role("link", name=re.compile("may be the same person"))
        for _ in range(20):
            if link.count():
                break
            page.wait_for_timeout(500)
            page.reload(wait_until="load")
        link.click()
        pair = page.locator("ol.pairs > li", has_text="Wati Tale")
        expect(pair.get_by_text("They have the same name.")).to_be_visible()
        pair.get_by_role("button", name="Join").click()
        page.wait_for_url("**/contacts/cnt_*")
        expect(page.get_by_text("Somebody said so.")).to_be_visible()
        expect(page.locator(".cards .panel")).to_have_count(2)

    def source(self, page, title: str):
        return page.locator("section.panel", has=page.get_by_role("heading", name=title))

    def google(self) -> None:
        # The way leads over another host, as it has to: what is heard are the pages of ours before and after it.
        page = self.context.new_page()
        page.goto(self.home + "/contacts", wait_until="load")
        self.source(page, "Google").get_by_role("link", name="Connect", exact=True).click()
        page.get_by_role("link", name="Allow").click()
        page.wait_for_url("**/contacts")
        page.close()
        page = self.page("/contacts")
        line = self.source(page, "Google").locator(".book", has_text="anna.alm@gmail.example")
        expect(line.locator(".tone.good", has_text="Connected")).to_be_visible()
        expect(line.get_by_text("40 contacts")).to_be_visible(timeout=PATIENCE_MS)
        expect(line.get_by_role("button", name="Sync now")).to_be_visible()

    def whatsapp(self) -> None:
        page = self.page("/contacts")
        line = self.source(page, "WhatsApp").locator(".book", has_text="+15550783881")
        expect(line.get_by_text("6 contacts")).to_be_visible()


def tell(context, home: str, simulator: Simulator, tally: Tally) -> None:
    """Plays it."""
    Contacts(context, home, simulator, tally).tell()
