"""The calendar in a real browser, for viewers in three zones, over the next change of the clocks in Berlin, as weeks, a month and an
agenda; then a meeting that a person calls and calls off, and a feed that another program reads.

A daily meeting at nine in Berlin is shown at the hour that each viewer's own clock has then, before the change and after it, as Python's
zoneinfo has it.
"""

import json
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

import pages
from console import Simulator, Tally, Telling

PATIENCE_MS = 25_000
WHO = "anna@contoso.example"
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Jakarta")
GUEST = "ben@contoso.example"
SUBJECT = "At nine in Berlin"
MEETING = "The meeting of the story"
# What the session's forms repeat stands on this page; with it the integrations are asked to look now.
SYNC = """async () => {
  const csrf = document.querySelector("input[name=csrf]").value;
  const list = await (await fetch("/api/integrations/")).json();
  const own = list.filter((one) => one.provider === "microsoft_calendar");
  const headers = { "x-csrf-token": csrf };
  for (const one of own) await fetch(`/api/integrations/${one.id}/sync/`, { method: "POST", headers });
  return own.length;
}"""


def change_of_clocks(today: date) -> date:
    """The next day on which the clocks change in Berlin."""
    offset = lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN).utcoffset()
    day = today + timedelta(days=1)
    while offset(day) == offset(day - timedelta(days=1)):
        day += timedelta(days=1)
    return day


class Calendar(Telling):
    """What happens, step by step."""

    name = "calendar"

    def tell(self) -> None:
        self.change = change_of_clocks(date.today())
        begins = self.change - timedelta(days=6)
        at = lambda hour: {"dateTime": f"{begins}T{hour:02}:00:00", "timeZone": "W. Europe Standard Time"}
        daily = {"type": "daily", "interval": 1}
        ends = {"type": "numbered", "startDate": str(begins), "numberOfOccurrences": 12}
        event = {"subject": SUBJECT, "start": at(9), "end": at(10), "recurrence": {"pattern": daily, "range": ends}}
        self.simulator.order("POST", f"mailboxes/{WHO}/events", event)
        if self.step("the calendars are read on asking", self.read) is None:
            return
        for zone in ZONES:
            self.step(f"the hours are right in {zone}", lambda: self.hours(zone))
        self.step("a month shows it on both sides of the change, wide and on a phone", self.month)
        self.step("the agenda is reached by its key and tells the day whole", self.agenda)
        person = self.step("a person signs in by Microsoft", self.sign_in)
        if person is not None:
            self.step("who would be invited is named before anybody is", lambda: self.invite(person))
            self.step("the event stands in both calendars, and one invitation was sent", lambda: self.is_there(person))
            self.step("it is moved after who gets a message was named", lambda: self.move(person))
            self.step("an invitation is answered with another time, and the organizer is named", lambda: self.propose(person))
            self.step("it is called off after who is told was named", lambda: self.call_off(person))
            self.step("another program reads along until its address is revoked", lambda: self.subscribe(person))
        self.conclude()

    def sign_in(self):
        context = self.context.browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin")
        page = context.new_page()
        page.goto(f"{self.home}/auth/microsoft?mailbox={WHO.replace('@', '%40')}", wait_until="load")
        # The sign-in goes on by itself, and ends at the person's mailbox.
        page.wait_for_url("**/mailboxes/**", wait_until="load")
        page.goto(f"{self.home}/calendar", wait_until="load")
        expect(page.get_by_role("heading", name="Calendar")).to_be_visible()
        page.close()
        return context

    def invite(self, person) -> None:
        page = self.page(f"/calendar/new?zone=Europe/Berlin&day={self.change - timedelta(days=4)}", person)
        page.get_by_label("Title").fill(MEETING)
        page.get_by_label("Invite").fill(GUEST)
        page.get_by_role("button", name="Put into the calendar").click()
        expect(page.get_by_role("heading", name="1 person gets an invitation")).to_be_visible()
        expect(page.get_by_text(GUEST)).to_be_visible()
        assert not self.meetings_of(GUEST), "somebody is told before it is confirmed"
        page.get_by_role("button", name="Invite 1 person").click()
        page.wait_for_url("**/calendar?**")
        expect(page.locator(".agenda summary", has_text=MEETING)).to_be_visible(timeout=PATIENCE_MS)

    def is_there(self, person) -> None:
        assert self.meetings_of(WHO) == 1, "it is not once in its maker's calendar"
        for _ in range(40):
            if self.meetings_of(GUEST):
                break
            time.sleep(0.25)
        assert self.meetings_of(GUEST) == 1, "it is not once in the guest's calendar"

    def move(self, person) -> None:
        page = self.page(f"/calendar?zone=Europe/Berlin&from={self.change - timedelta(days=4)}", person)
        page.locator(".agenda summary", has_text=MEETING).click()
        page.get_by_role("link", name="Change…").click()
        expect(page.get_by_label("Title")).to_have_value(MEETING)
        page.get_by_label("Place").fill("Room 7")
        self.is_sound(page)
        page.get_by_role("button", name="Change", exact=True).click()
        expect(page.get_by_role("heading", name="1 person gets a message of the change")).to_be_visible()
        expect(page.get_by_text("Room 7")).to_be_visible()
        self.is_sound(page)
        page.get_by_role("button", name="Change and tell 1 person").click()
        page.wait_for_url("**/calendar?**")
        expect(page.locator(".agenda summary", has_text=MEETING)).to_contain_text("Room 7", timeout=PATIENCE_MS)

    def propose(self, person) -> None:
        page = self.page("/calendar?view=agenda&zone=Europe/Berlin", person)
        # One of the demo's invitations, which she has not answered.
        line = page.locator(".agenda > li").filter(has_text="not answered ·").filter(has=page.locator("a[href*='/propose']")).first
        event = line.get_attribute("data-event")
        line.locator("summary").click()
        line.get_by_role("link", name="Propose another time").click()
        expect(page.get_by_text("gets your answer with this time. Nobody else is told.")).to_be_visible()
        end = page.get_by_label("Until").input_value()
        page.get_by_label("Until").fill(f"{end[:11]}23:00")
        self.is_sound(page)
        page.get_by_role("button", name="Answer and propose").click()
        page.wait_for_url("**/calendar?**")
        expect(page.locator(f"li[data-event='{event}'] summary").first).to_contain_text("tentative", timeout=PATIENCE_MS)

    def call_off(self, person) -> None:
        page = self.page(f"/calendar?zone=Europe/Berlin&from={self.change - timedelta(days=4)}", person)
        page.locator(".agenda summary", has_text=MEETING).click()
        page.get_by_role("link", name="Cancel the meeting").click()
        expect(page.get_by_role("heading", name="1 person is told that it is cancelled")).to_be_visible()
        page.get_by_label("A note to them").fill("Another time.")
        page.get_by_role("button", name="Cancel and tell 1 person").click()
        page.wait_for_url("**/calendar?**")
        expect(page.locator(".agenda summary", has_text=MEETING)).to_have_count(0, timeout=PATIENCE_MS)
        assert self.meetings_of(WHO) == 0, "it still stands in its maker's calendar"

    def subscribe(self, person) -> None:
        page = self.page("/calendar?zone=Europe/Berlin", person)
        # Without a mouse: the disclosure is opened by its key, and the form has its usual answers.
        page.get_by_text("A new address").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Make the address").press("Enter")
        expect(page.get_by_text("it is not shown again")).to_be_visible()
        path = page.locator("#secret").inner_text().split("/calendar/feeds/")[1]
        read = lambda: self.context.request.get(f"{self.home}/calendar/feeds/{path}")
        assert read().status == 200 and SUBJECT in read().text(), "the feed does not tell the series"
        page.goto(f"{self.home}/calendar", wait_until="load")
        assert path not in page.content(), "the address is shown again"
        page.get_by_role("button", name="Revoke").first.click()
        page.wait_for_url("**/calendar**")
        assert read().status == 404, "a revoked address still leads somewhere"

    def meetings_of(self, who: str) -> int:
        """How many events of the story's name stand in somebody's calendars at Microsoft."""
        return json.dumps(self.simulator.order("GET", f"mailboxes/{who}/calendars")).count(json.dumps(MEETING))

    def read(self) -> bool:
        page = self.page("/contacts")
        assert page.evaluate(SYNC) >= 1, "no calendar is connected"
        page.goto(f"{self.home}/calendar?zone=UTC&from={self.change}", wait_until="load")
        for _ in range(40):
            if page.get_by_text(SUBJECT).count() >= 5:
                break
            page.wait_for_timeout(500)
            page.reload(wait_until="load")
        expect(page.get_by_text(SUBJECT).first).to_be_visible(timeout=PATIENCE_MS)
        return True

    def hours(self, zone: str) -> None:
        context = self.context.browser.new_context(storage_state=self.context.storage_state(), timezone_id=zone)
        for day in (self.change - timedelta(days=2), self.change, self.change + timedelta(days=2)):
            there = datetime(day.year, day.month, day.day, 9, tzinfo=BERLIN).astimezone(ZoneInfo(zone))
            page = self.page(f"/calendar?from={there.date()}", context)
            page.wait_for_url("**zone=**")
            # On the day that the viewer has then.
            section = page.locator("section.day", has=page.get_by_role("heading", name=f"{there:%A}, {there.day} {there:%B}"))
            clock = section.locator("summary", has_text=SUBJECT).locator(".clock")
            expect(clock).to_have_text(f"{there:%H:%M}–{there + timedelta(hours=1):%H:%M}")
            page.close()
        context.close()

    def month(self) -> None:
        context = self.context.browser.new_context(storage_state=self.context.storage_state(), timezone_id="America/New_York")
        page = self.page(f"/calendar?from={self.change}", context)
        page.wait_for_url("**zone=**")
        page.keyboard.press("m")
        page.wait_for_url("**view=month**")
        for day in (self.change - timedelta(days=2), self.change):
            there = datetime(day.year, day.month, day.day, 9, tzinfo=BERLIN).astimezone(ZoneInfo("America/New_York"))
            page.goto(f"{self.home}/calendar?view=month&zone=America/New_York&from={day}", wait_until="load")
            cell = page.get_by_role("cell").filter(has=page.locator(f"time[datetime='{there.date()}']"))
            expect(cell.get_by_role("listitem").filter(has_text=SUBJECT).locator(".clock")).to_have_text(f"{there:%H:%M}")
        self.is_sound(page)
        cell.get_by_role("link", name=SUBJECT).click()
        page.wait_for_url("**view=agenda**")
        expect(page.locator("details[open]").get_by_text("Made in")).to_be_visible()
        page.go_back(wait_until="load")
        page.set_viewport_size({"width": 390, "height": 844})
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"), "it scrolls sideways"
        self.is_sound(page)
        cell.get_by_role("link").first.click()
        page.wait_for_url("**view=agenda**")
        expect(page.locator(".agenda summary", has_text=SUBJECT).first).to_be_visible()
        context.close()

    def agenda(self) -> None:
        page = self.page(f"/calendar?zone=Europe/Berlin&from={self.change}")
        page.keyboard.press("a")
        page.wait_for_url("**view=agenda**")
        page.goto(f"{self.home}/calendar?view=agenda&zone=Europe/Berlin&from={self.change}", wait_until="load")
        day = page.locator("section.day", has=page.locator(f"time[datetime='{self.change}']"))
        expect(day.locator("summary", has_text=SUBJECT).locator(".clock")).to_have_text("09:00–10:00")
        expect(page.get_by_text(f"Until {self.change + timedelta(days=13):%A}")).to_be_visible()
        # Without a mouse: a line has the focus, and unfolds.
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("details[open]").first.get_by_text("Calendar", exact=True)).to_be_visible()
        self.is_sound(page)
        page.keyboard.press("w")
        page.wait_for_url(lambda address: "/calendar?" in address and "view=" not in address)
        page.close()

    @staticmethod
    def is_sound(page) -> None:
        """No serious fault that axe-core finds."""
        found = pages.faults(page)
        assert not found, " | ".join(found)


def tell(context, home: str, simulator: Simulator, tally: Tally) -> None:
    """Plays it."""
    Calendar(context, home, simulator, tally).tell()
