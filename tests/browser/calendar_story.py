"""The calendar in a real browser, for viewers in three zones, over the next change of the clocks in Berlin.

A daily meeting at nine in Berlin is shown at the hour that each viewer's own clock has then, before the change and after it, as Python's
zoneinfo has it.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from console import Simulator, Tally, Telling

PATIENCE_MS = 25_000
WHO = "anna@contoso.example"
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Jakarta")
SUBJECT = "At nine in Berlin"
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
        self.conclude()

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


def tell(context, home: str, simulator: Simulator, tally: Tally) -> None:
    """Plays it."""
    Calendar(context, home, simulator, tally).tell()
