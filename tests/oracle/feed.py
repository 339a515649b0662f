#!/usr/bin/env python3
"""Calendar feeds read by other people's programs: icalendar takes them apart, recurring-ical-events says when what they hold takes place.

RAPPORT_FEED says where the program `feed` is (model's own writer). Arguments: how many series (2,000) and the seed (1). Every pattern and
range of Graph in 60 zones, whole days, occurrences that were changed or cancelled, on what is mirrored and beyond it, texts in many
scripts. The occurrences that the feed gives have to be the product's own. The rules of each zone are read by dateutil as well, and have to
say what Python's zoneinfo says. Lists what differs and ends with status 1 if that is more than one in a thousand.

What is known to differ: where a change of the clocks moves a start beyond its end, recurring-ical-events ends an occurrence before it
begins, and the product keeps the length that the clock would have shown.
"""

import io
import json
import os
import random
import subprocess
import sys
import warnings
import zoneinfo
from datetime import date, datetime, timedelta, timezone

import icalendar
import recurring_ical_events
from dateutil import tz

import recurrence

WORDS = ["Bö", "王小明", "Ольга;", "a,b", "back\\slash", "colon: x", "😀", "line\nfeed", '"q"', "☎", "\\n", "end", "=?x", "עברית"]
SPAN_DAYS_MAX = 420
MIRRORED_DAYS = 67


def text(dice, most):
    return " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, most))).strip()


def generate(dice, zone):
    """A series with what it is about, what is mirrored of it, and what became of some of its occurrences."""
    series = recurrence.generate(dice, zone)
    since = date.fromisoformat(series["from"][:10])
    until = min(date.fromisoformat(series["until"][:10]), since + timedelta(days=dice.randint(1, SPAN_DAYS_MAX)))
    known = since + timedelta(days=dice.randint(0, (until - since).days))
    series["until"] = f"{until}T00:00:00Z"
    series["known"] = [f"{known}T00:00:00Z", f"{known + timedelta(days=MIRRORED_DAYS)}T00:00:00Z"]
    series |= {"listed": dice.random() < 0.5, "all_day": dice.random() < 0.2}
    if series["all_day"]:
        begins = datetime.fromisoformat(series["start"]).replace(hour=0, minute=0)
        series |= {"start": begins.isoformat(), "end": (begins + timedelta(days=dice.choice([1, 1, 2, 5]))).isoformat()}
    people = [[text(dice, 2), f"p{number}@acme.example"] for number in range(dice.randint(0, 4))]
    return series | {"subject": text(dice, 12), "preview": text(dice, 40), "location": text(dice, 3), "attendees": people}


def disturb(dice, series, zone, days):
    """Cancels occurrences anywhere, and changes some that are mirrored, before and after."""
    since, until = (datetime.fromisoformat(end.replace("Z", "+00:00")) for end in series["known"])
    for day in dice.sample(days, min(len(days), dice.choice([0, 0, 1, 3, 10]))):
        first, last = recurrence.planned(series, zone, day)
        step = timedelta(days=1) if series["all_day"] else timedelta(minutes=dice.choice([30, -45, 600, dice.randint(-5000, 5000)]))
        moved = (first + step, max(last + step, first + step))
        if dice.random() < 0.6 and all(since <= at <= until for at in (first, last, *moved)):
            series["changed"].append([recurrence.instant(first), recurrence.instant(moved[0]), recurrence.instant(moved[1])])
        else:
            series["cancelled"].append(recurrence.instant(first))


def moment(value):
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return int(value.timestamp()) * 1000


def expanded(calendar, since, until):
    """When the events of a calendar begin and end, and which of them are changed."""
    found = recurring_ical_events.of(calendar).between(since, until)
    return [(moment(one["DTSTART"].dt), moment(one["DTEND"].dt), str(one["SUMMARY"]) == "Changed") for one in found]


def differences(series, answer):
    if "error" in answer:
        yield answer["error"]
        return
    calendar = icalendar.Calendar.from_ical(answer["ics"])
    since, until = (datetime.fromisoformat(series[end].replace("Z", "+00:00")) for end in ("from", "until"))
    within = lambda starts: moment(since) <= starts < moment(until)
    right = sorted(tuple(one) for one in answer["occurrences"] if within(one[0]))
    found = sorted(one for one in expanded(calendar, since - timedelta(days=5), until + timedelta(days=5)) if within(one[0]))
    if found != right:
        extra, missing = sorted(set(found) - set(right)), sorted(set(right) - set(found))
        yield f"theirs without ours: {extra[:3]} ({len(extra)}); ours without theirs: {missing[:3]} ({len(missing)}); {len(found)} for {len(right)}"
    yield from texts_differ(series, calendar)
    # A feed brings the rules of a zone from its first event in it.
    begins = next(one for one in calendar.walk("VEVENT") if "RECURRENCE-ID" not in one)["DTSTART"].dt
    if isinstance(begins, datetime):
        yield from zones_differ(answer["ics"], max(since, begins), max(since, begins) + timedelta(days=800))


def texts_differ(series, calendar):
    master = next(one for one in calendar.walk("VEVENT") if "RECURRENCE-ID" not in one)
    if master.errors:
        yield f"icalendar says {master.errors}"
    for name, wanted in [("SUMMARY", series["subject"]), ("DESCRIPTION", series["preview"]), ("LOCATION", series["location"])]:
        if str(master[name]) != wanted:
            yield f"{name} {str(master[name])!r} for {wanted!r}"
    people = master.get("ATTENDEE", [])
    people = people if isinstance(people, list) else [people]
    found = [[str(one.params["CN"]), str(one).removeprefix("mailto:")] for one in people]
    wanted = [[name.replace('"', "'").replace("\n", " "), address] for name, address in series["attendees"]]
    if found != wanted:
        yield f"attendees {found} for {wanted}"


def zones_differ(ics, since, until):
    """Whether the rules of a zone, read by dateutil, say something else than Python's zone of that name."""
    unfolded = ics.replace("\r\n ", "")
    if "BEGIN:VTIMEZONE" not in unfolded:
        return
    rules = tz.tzical(io.StringIO(unfolded))
    for name in rules.keys():
        ours, theirs = rules.get(name), zoneinfo.ZoneInfo(name)
        at = since
        while at < until:
            # In the middle of the day: at the hour of a change dateutil tells the two readings of a clock apart by other means.
            wall = at.astimezone(theirs).replace(hour=12, minute=0)
            offsets = (wall.replace(tzinfo=ours).utcoffset(), wall.utcoffset())
            is_there = wall.astimezone(timezone.utc).astimezone(theirs).replace(tzinfo=None) == wall.replace(tzinfo=None)
            if offsets[0] != offsets[1] and is_there:
                yield f"{name} is {offsets[0]} off by its rules on {wall:%Y-%m-%d}, not {offsets[1]}"
                break
            at += timedelta(days=3)


def main():
    warnings.simplefilter("ignore")
    count, seed = ([int(argument) for argument in sys.argv[1:]] + [2000, 1][len(sys.argv) - 1 :])[:2]
    dice = random.Random(seed)
    asked = []
    while len(asked) < count:
        name = recurrence.ZONES[len(asked) % len(recurrence.ZONES)]
        series = generate(dice, name)
        zone = timezone.utc if series["all_day"] else zoneinfo.ZoneInfo(name)
        days = recurrence.days_of(series["recurrence"], date.fromisoformat(series["until"][:10]) + timedelta(days=2))
        # What has no day is no series; what would last until after the next has no place in Exchange, but here.
        if days:
            recent = [day for day in days if str(day) >= series["from"][:10]]
            disturb(dice, series, zone, recent or days[-1:])
            asked.append(series)
    lines = "".join(json.dumps(series) + "\n" for series in asked)
    ran = subprocess.run([os.environ["RAPPORT_FEED"]], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    if len(answers) != count:
        sys.exit(f"the program answered {len(answers)} of {count} lines")
    different, occurrences = 0, 0
    for series, answer in zip(asked, answers):
        wrong = list(differences(series, answer))
        occurrences += len(answer.get("occurrences", []))
        if wrong:
            different += 1
            print(f"DIFFERENT  {json.dumps(series)}")
            for what in wrong[:3]:
                print(f"   {what}")
    print(f"{count} feeds with {occurrences} occurrences, seed {seed}: {different} different ({different / count:.2%})")
    well = different <= count / 1000
    print("1 passed, 0 failed" if well else "FAILED  feeds by icalendar and recurring-ical-events\n0 passed, 1 failed")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
