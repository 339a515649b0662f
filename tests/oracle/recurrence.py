#!/usr/bin/env python3
"""Series of meetings worked out twice: by the program `occurrences` (model's own rules) and by python-dateutil with Python's zoneinfo.

RAPPORT_OCCURRENCES says where the program is: model's own rules, or the simulator's calendar, which is asked for `orderly` series, those
that Exchange takes: with an occurrence, and changed ones between their neighbours. Arguments: how many series (5,000), the seed (1). Every pattern and range of
Graph, 60 zones, local times that changes of the clocks take out or double, occurrences that were changed or cancelled. The rule that
the program writes for iCalendar is read by dateutil as well and has to give the same days. Lists what differs and ends with
status 1 if that is more than one in a thousand.
"""

import json
import os
import random
import subprocess
import sys
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone
from itertools import takewhile

from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, rrulestr

# The release of the zone database that requirements.txt names, whatever the machine has.
zoneinfo.reset_tzpath(to=[])

ZONES = """Europe/Berlin Europe/London Europe/Dublin Europe/Lisbon Europe/Moscow Europe/Istanbul Europe/Kyiv Europe/Chisinau Europe/Athens
Europe/Helsinki Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Tripoli Africa/Juba Asia/Jakarta Asia/Kolkata
Asia/Kathmandu Asia/Tehran Asia/Beirut Asia/Damascus Asia/Amman Asia/Jerusalem Asia/Gaza Asia/Tokyo Asia/Seoul Asia/Shanghai Asia/Singapore
Asia/Almaty Asia/Pyongyang Asia/Dubai America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage
America/St_Johns America/Halifax America/Havana America/Mexico_City America/Bogota America/Caracas America/Sao_Paulo
America/Argentina/Buenos_Aires America/Santiago America/Asuncion America/Nuuk America/Scoresbysund Atlantic/Azores Antarctica/Troll
Australia/Sydney Australia/Lord_Howe Australia/Adelaide Pacific/Auckland Pacific/Chatham Pacific/Apia Pacific/Easter Pacific/Kiritimati""".split()

# Some are asked for by their Windows names, as Microsoft writes them.
WINDOWS = {
    "Europe/Berlin": "W. Europe Standard Time",
    "Europe/London": "GMT Standard Time",
    "Asia/Kolkata": "India Standard Time",
    "Asia/Tokyo": "Tokyo Standard Time",
    "America/New_York": "Eastern Standard Time",
    "America/Los_Angeles": "Pacific Standard Time",
    "America/St_Johns": "Newfoundland Standard Time",
    "Australia/Lord_Howe": "Lord Howe Standard Time",
    "Pacific/Chatham": "Chatham Islands Standard Time",
}

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
INDEX = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
LAST = date(4500, 8, 31)
TRICKY = [time(0, 0), time(0, 30), time(1, 0), time(1, 30), time(2, 0), time(2, 15), time(2, 30), time(3, 0), time(23, 0), time(23, 30)]
LENGTHS = [0, 15, 30, 45, 60, 90, 120, 180, 24 * 60, 3 * 24 * 60]


def generate(dice, zone):
    """A series as Graph would send it, a window, and what became of some of its occurrences."""
    start = date(dice.randint(1995, 2035), dice.randint(1, 12), 1) + timedelta(days=dice.randint(0, 30))
    clock = dice.choice(TRICKY) if dice.random() < 0.5 else time(dice.randint(0, 23), dice.randint(0, 59))
    minutes = dice.choice(LENGTHS) if dice.random() < 0.7 else dice.randint(1, 3000)
    begins = datetime.combine(start, clock)
    since = start + timedelta(days=dice.randint(-300, 2000))
    window = (since, since + timedelta(days=dice.randint(1, 1824)))
    series = {
        "recurrence": {"pattern": pattern(dice), "range": span(dice, start)},
        "zone": WINDOWS.get(zone, zone) if dice.random() < 0.5 else zone,
        "start": begins.isoformat(),
        "end": (begins + timedelta(minutes=minutes)).isoformat(),
        "from": f"{window[0]}T00:00:00Z",
        "until": f"{window[1]}T00:00:00Z",
        "cancelled": [],
        "changed": [],
    }
    return series


def pattern(dice):
    kind = dice.choice(["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"])
    # Sent as the server sends it: every field, with a default where the type has no use for it.
    sent = {"type": kind, "interval": dice.choice([1, 1, 1, 2, 3, 4, dice.randint(5, 30)])}
    sent |= {"month": 0, "dayOfMonth": 0, "daysOfWeek": [], "firstDayOfWeek": "sunday", "index": "first"}
    if kind.endswith("Yearly"):
        sent["interval"] = dice.choice([1, 1, 2, 3])
        sent["month"] = dice.randint(1, 12)
    if kind.startswith("absolute"):
        sent["dayOfMonth"] = dice.choice([dice.randint(1, 31), 28, 29, 30, 31])
    if kind == "weekly" or kind.startswith("relative"):
        sent["daysOfWeek"] = dice.sample(DAYS, dice.choice([1, 1, 1, 2, 3, 5, 7]))
        sent["index"] = dice.choice(list(INDEX)) if kind != "weekly" else "first"
        sent["firstDayOfWeek"] = dice.choice(DAYS)
    return sent


def span(dice, start):
    kind = dice.choice(["endDate", "noEnd", "numbered"])
    end = start + timedelta(days=dice.randint(0, 3000)) if kind == "endDate" else date(1, 1, 1)
    count = dice.randint(1, 999) if kind == "numbered" else 0
    return {"type": kind, "startDate": start.isoformat(), "endDate": end.isoformat(), "numberOfOccurrences": count}


def days_of(recurrence, until):
    """The days of a recurrence up to `until`, by dateutil."""
    sent, limits = recurrence["pattern"], recurrence["range"]
    start = datetime.fromisoformat(limits["startDate"])
    until = datetime.combine(min(until, LAST), time.max)
    if limits["type"] == "endDate":
        until = min(until, datetime.combine(date.fromisoformat(limits["endDate"]), time.max))
    days = takewhile(lambda day: day <= until, pattern_days(sent, start))
    days = [day.date() for day in days if day >= start]
    return days[: limits["numberOfOccurrences"]] if limits["type"] == "numbered" else days


def pattern_days(sent, start):
    each = sent["interval"]
    weekdays = [DAYS.index(day) for day in sent["daysOfWeek"]]
    match sent["type"]:
        case "daily":
            return rrule(DAILY, dtstart=start, interval=each)
        case "weekly":
            return rrule(WEEKLY, dtstart=start, interval=each, byweekday=weekdays, wkst=DAYS.index(sent["firstDayOfWeek"]))
        case "relativeMonthly":
            return rrule(MONTHLY, dtstart=start, interval=each, byweekday=weekdays, bysetpos=INDEX[sent["index"]])
        case "relativeYearly":
            return rrule(YEARLY, dtstart=start, interval=each, bymonth=sent["month"], byweekday=weekdays, bysetpos=INDEX[sent["index"]])
        case "absoluteMonthly":
            # The last day of a month that is too short: relativedelta does that.
            months = rrule(MONTHLY, dtstart=start.replace(day=1), interval=each)
            return (month + relativedelta(day=sent["dayOfMonth"]) for month in months)
        case "absoluteYearly":
            years = rrule(YEARLY, dtstart=start.replace(month=1, day=1), interval=each)
            return (year + relativedelta(month=sent["month"], day=sent["dayOfMonth"]) for year in years)


def millis(instant):
    return int(instant.timestamp()) * 1000


def planned(series, zone, day):
    """What the pattern has on a day: wall times, of which fold 0 is the offset before a gap and the first of a doubled hour."""
    start, end = datetime.fromisoformat(series["start"]), datetime.fromisoformat(series["end"])
    begins = datetime.combine(day, start.time())
    ends = begins + (end - start)
    first, last = begins.replace(tzinfo=zone).astimezone(timezone.utc), ends.replace(tzinfo=zone).astimezone(timezone.utc)
    if last < first or (last == first and ends > begins):
        last = first + (ends - begins)
    return first, last


def disturb_orderly(dice, series, zone, days):
    """Cancels some occurrences, and lets one end at another time, before the next begins; what became of each, by its day."""
    fate = {day: None for day in dice.sample(days[1:], min(len(days) - 1, dice.choice([0, 0, 1, 3, 10])))}
    series["cancelled"] = [instant(planned(series, zone, day)[0]) for day in fate]
    kept = [day for day in days if day not in fate]
    place = dice.randrange(len(kept))
    (first, last), before = planned(series, zone, kept[place]), [planned(series, zone, day)[1] for day in kept[max(place - 1, 0) : place]]
    after = planned(series, zone, kept[place + 1])[0] if place + 1 < len(kept) else last + timedelta(days=1)
    if last < after and all(end <= first for end in before):
        ends = first + (after - first) * dice.randint(10, 90) / 100
        ends = ends.replace(second=0, microsecond=0)
        series["changed"] = [[instant(first), instant(first), instant(max(ends, first))]]
        fate[kept[place]] = (first, max(ends, first))
    return fate


def disturb(dice, series, zone, days):
    """Changes and cancels some occurrences; what became of each, by its day."""
    fate = {}
    for day in dice.sample(days, min(len(days), dice.choice([0, 0, 1, 3, 10]))):
        first, _ = planned(series, zone, day)
        if dice.random() < 0.6:
            away = timedelta(minutes=dice.choice([0, 30, -45, 600, -1200, dice.randint(-5000, 5000), 500_000]))
            begins = first + away
            ends = begins + timedelta(minutes=dice.randint(0, 600))
            series["changed"].append([instant(first), instant(begins), instant(ends)])
            fate[day] = (begins, ends)
        if day not in fate or dice.random() < 0.1:
            series["cancelled"].append(instant(first))
            fate[day] = None
    return fate


def instant(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def expected(series, zone, days, fate):
    since, until = (datetime.fromisoformat(series[end].replace("Z", "+00:00")) for end in ("from", "until"))
    found = []
    for day in days:
        now = fate.get(day, planned(series, zone, day))
        if now and now[0] < until and (now[1] > since or now[0] >= since):
            found.append([millis(now[0]), millis(now[1]), day in fate])
    return sorted(found)


def days_of_rule(text, series, zone, days):
    """The days that the program's rule has, by dateutil, up to the last one that was asked for."""
    if not days:
        return []
    parts = dict(part.split("=") for part in text.split(";"))
    if "UNTIL" in parts:
        until = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        parts["UNTIL"] = until.astimezone(zone).strftime("%Y%m%dT%H%M%S")
    start = datetime.fromisoformat(series["start"])
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
    return [day.date() for day in takewhile(lambda day: day.date() <= days[-1], rule)]


def main():
    orderly = "orderly" in sys.argv
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "orderly"]
    count, seed = (numbers + [5000, 1][len(numbers) :])[:2]
    dice = random.Random(seed)
    asked, wanted = [], []
    for number in range(count):
        name = ZONES[number % len(ZONES)]
        zone, series = zoneinfo.ZoneInfo(name), generate(dice, name)
        days = days_of(series["recurrence"], date.fromisoformat(series["until"][:10]) + timedelta(days=2))
        if orderly and not days:
            series["recurrence"]["range"] |= {"type": "noEnd"}
            days = days_of(series["recurrence"], date.fromisoformat(series["until"][:10]) + timedelta(days=2))
        fate = disturb_orderly(dice, series, zone, days) if orderly and days else disturb(dice, series, zone, days)
        asked.append(series)
        wanted.append((zone, days, expected(series, zone, days, fate)))
    lines = "".join(json.dumps(series) + "\n" for series in asked)
    ran = subprocess.run([os.environ["RAPPORT_OCCURRENCES"]], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    if len(answers) != count:
        sys.exit(f"the program answered {len(answers)} of {count} lines")
    different = occurrences = 0
    for series, (zone, days, right), answer in zip(asked, wanted, answers):
        found = answer.get("occurrences")
        occurrences += len(right)
        # The simulator writes no rule.
        by_rule = days_of_rule(answer["rule"], series, zone, days) if "rule" in answer else days
        if found != right or by_rule != days:
            different += 1
            print(f"DIFFERENT  {json.dumps(series)}")
            if "error" in answer:
                print(f"   {answer['error']}")
            elif found != right:
                print(f"   ours without theirs: {[one for one in found if one not in right][:5]}")
                print(f"   theirs without ours: {[one for one in right if one not in found][:5]}")
            if by_rule != days:
                print(f"   by the rule {answer['rule']}: {sorted(map(str, set(by_rule) ^ set(days)))[:5]}")
    print(f"{count} series with {occurrences} occurrences, seed {seed}: {different} different ({different / count:.2%})")
    well = different <= count / 1000
    print("1 passed, 0 failed" if well else "FAILED  series against python-dateutil\n0 passed, 1 failed")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
