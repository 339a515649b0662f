"""What Rapport writes into a calendar, read by the msgraph-sdk: as it was asked for, once, with the answers of those who were invited."""

import time

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.response_type import ResponseType

from promise import promise
from sent import settings
from sign_in import sign_in_as_a_person
from simulator import REDIRECT_URI
from webhooks import rapport

ZONE = "Europe/Berlin"
NAMES = "Angebot für Zürich – 日本"


def connect(server, simulator, address):
    """Connects a person's calendar as a single-page application does; the id of its default one once that is read, and of the integration."""
    begun = server.post(f"{server.url}/api/integrations/oauth/initiate/", {"provider": "microsoft_calendar"})
    brought = sign_in_as_a_person(simulator, begun["authorization_url"], address)
    ended = {"code": brought["code"], "state": brought["state"], "provider": "microsoft_calendar"}
    integration = server.post(f"{server.url}/api/integrations/oauth/callback/", ended)
    read = lambda: [one for one in server.get("calendars")["data"] if one["account"] == address and one["is_default"] and one["synced_at"]]
    return eventually(read, bool)[0]["id"], integration["id"]


def eventually(look, wanted):
    for _ in range(600):
        found = look()
        if wanted(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"it did not come to that: {found}")


def done(server, intent):
    """An intent once it ended, as it was wanted."""
    ended = eventually(lambda: server.get(f"calendar-intents/{intent['id']}"), lambda found: found["state"] != "waiting")
    assert ended["state"] == "done", ended
    return ended


def at(day, hour):
    return {"date_time": f"{day}T{hour:02}:00:00", "time_zone": ZONE}


def a_day(days):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))


def in_berlin():
    headers = HeadersCollection()
    headers.add("Prefer", f'outlook.timezone="{ZONE}", IdType="ImmutableId"')
    return RequestConfiguration(headers=headers)


def mirrored(server, calendar, subject):
    return [one for one in server.get(f"calendar-events?calendar={calendar}&limit=200")["data"] if one["subject"] == subject]


@promise("calendars: the SDK reads the events, series and answers that Rapport wrote, each once")
async def written(simulator):
    una, ben = simulator.create_user("Una Organizer"), simulator.create_user("Ben Guest")
    with rapport({**settings(simulator), "RAPPORT_MICROSOFT_REDIRECT_URIS": REDIRECT_URI}) as server:
        (unas, _), (bens, integration) = connect(server, simulator, una), connect(server, simulator, ben)
        day = a_day(5)
        meeting = {"calendar": unas, "subject": NAMES, "start": at(day, 9), "end": at(day, 10), "location": "Raum 4", "text": "Grüße",
                   "attendees": [{"email": ben, "name": "Ben Guest"}]}
        done(server, server.post("calendar-events", meeting))
        recurrence = {"pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "friday"], "firstDayOfWeek": "monday"},
                      "range": {"type": "numbered", "startDate": day, "numberOfOccurrences": 7}}
        done(server, server.post("calendar-events", {
            "calendar": unas, "subject": "Every other week", "start": at(day, 14), "end": at(day, 15), "recurrence": recurrence}))
        server.post(f"{server.url}/api/integrations/{integration}/sync/", {"sync_type": "calendar"})
        invited = eventually(lambda: mirrored(server, bens, NAMES), bool)
        assert len(invited) == 1, invited
        done(server, server.post(f"calendar-events/{invited[0]['id']}/answer", {"response": "accepted", "comment": "Gern"}))

    user = simulator.graph().users.by_user_id(una)
    listed = (await user.events.get(in_berlin())).value
    assert sorted(one.subject for one in listed) == sorted([NAMES, "Every other week"]), [one.subject for one in listed]
    one = next(event for event in listed if event.subject == NAMES)
    assert one.type == EventType.SingleInstance and one.is_organizer is True and one.organizer.email_address.address == una
    assert (one.start.date_time[:19], one.end.date_time[:19]) == (f"{day}T09:00:00", f"{day}T10:00:00"), (one.start, one.end)
    assert one.location.display_name == "Raum 4" and "Grüße" in one.body.content
    guest = one.attendees[0]
    assert len(one.attendees) == 1 and guest.email_address.address == ben
    assert guest.status.response == ResponseType.Accepted, guest.status
    series = next(event for event in listed if event.subject == "Every other week")
    pattern, limits = series.recurrence.pattern, series.recurrence.range
    assert series.type == EventType.SeriesMaster and pattern.type == RecurrencePatternType.Weekly and pattern.interval == 2
    assert set(pattern.days_of_week) == {DayOfWeek.Tuesday, DayOfWeek.Friday} and limits.number_of_occurrences == 7
    copies = [event for event in (await simulator.graph().users.by_user_id(ben).events.get(in_berlin())).value if event.subject == NAMES]
    assert len(copies) == 1 and copies[0].response_status.response == ResponseType.Accepted and copies[0].i_cal_u_id == one.i_cal_u_id
