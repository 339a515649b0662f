//! Fills calendars and address books around the simulator's now: the same seed and the same now give the same entries.
//!
//! Nothing is mailed. Everything ends in `.example`; telephone numbers are in the ways in which people write them.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::calendar::bad;
use super::{Control, ControlError};
use crate::graph::calendar::{change_as, make};
use crate::graph::contacts::create_as;
use crate::ids::Ids;
use crate::mailbox::WellKnown;
use crate::mailbox::calendar::EventReference;
use crate::mailbox::document::Property;
use crate::meetings;
use crate::world::World;
use crate::zones;

/// Given name, family name, company, its domain, job title, country, telephone, mobile.
type Person = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PEOPLE: [Person; 20] = [
    ("Budi", "Santoso", "Nusantara Logistik", "nusantara.example", "Purchasing", "Indonesia", "(021) 555-0142", "0812-5550-1001"),
    ("Siti", "Rahayu", "Nusantara Logistik", "nusantara.example", "Accounts", "Indonesia", "+62 21 555 0143", "+62 812 5550 1002"),
    ("Agus", "Wijaya", "Borneo Timber", "borneo.example", "Owner", "Indonesia", "021 5550144", "6281255501003"),
    ("Dewi", "Lestari", "Borneo Timber", "borneo.example", "Sales", "Indonesia", "+62-361-555-0145", "081255501004"),
    ("Putri", "Anggraini", "Bali Retreats", "bali.example", "Front Office", "Indonesia", "(0361) 555 0146", "+6281255501005"),
    ("Rizky", "Pratama", "Bali Retreats", "bali.example", "Manager", "Indonesia", "0361-5550147", "0 812 5550 1006"),
    ("Jürgen", "Groß", "Pumpenwerk Köln", "pumpenwerk.example", "Einkauf", "Germany", "0221 5550148", "0171 5550148"),
    ("Heike", "Müller", "Pumpenwerk Köln", "pumpenwerk.example", "Geschäftsführung", "Germany", "+49 221 5550149", "+49 (0)171 5550149"),
    ("Lars", "Schäfer", "Nordlicht Optik", "nordlicht.example", "Technik", "Germany", "040/555 01 50", "0049 172 5550150"),
    ("Sabine", "Vogel", "Nordlicht Optik", "nordlicht.example", "Buchhaltung", "Germany", "+49-40-5550151", "0172-5550151"),
    ("Emily", "Carter", "Redwood Supply", "redwood.example", "Buyer", "United States", "(415) 555-0152", "+1 415-555-0153"),
    ("Marcus", "Lee", "Redwood Supply", "redwood.example", "Operations", "United States", "415.555.0154", "1-415-555-0155"),
    ("Grace", "O'Neil", "Harbor Print", "harbor.example", "Owner", "United States", "+1 (212) 555-0156", "2125550157"),
    ("Daniel", "Ortiz", "Harbor Print", "harbor.example", "Production", "United States", "212-555-0158", "+12125550159"),
    ("Amelia", "Hughes", "Thames Books", "thames.example", "Editor", "United Kingdom", "020 7946 0160", "07700 900160"),
    ("Oliver", "Shah", "Thames Books", "thames.example", "Rights", "United Kingdom", "+44 20 7946 0161", "+44 7700 900161"),
    ("Chloé", "Bernard", "Atelier Lumière", "lumiere.example", "Direction", "France", "01 99 00 01 62", "+33 6 39 98 01 62"),
    ("Mei", "Tanaka", "Sakura Parts", "sakura.example", "Export", "Japan", "+81 3-5550-0163", "090-5550-0163"),
    ("Wei", "Zhang", "Pearl Electronics", "pearl.example", "Sourcing", "China", "+86 21 5550 0164", "+86 138 0013 8164"),
    ("Priya", "Nair", "Malabar Spices", "malabar.example", "Export", "India", "+91 484 555 0165", "098470 00165"),
];

/// Subject, days from the Monday of this week, hour, minutes long.
const MEETINGS: [(&str, i32, i8, i32); 7] = [
    ("Quarterly plan", 1, 10, 60),
    ("Call about the offer", 1, 14, 30),
    ("Shipment to Surabaya", 2, 9, 45),
    ("Interview: support", 3, 15, 60),
    ("Price list review", 4, 11, 30),
    ("Demo for Redwood Supply", 8, 16, 60),
    ("Budget", -4, 13, 90),
];

impl Control {
    /// Gives these mailboxes meetings in the weeks around now (a weekly series with one day moved and one left out, a whole
    /// day, single meetings with colleagues and with those outside whom they have written to) and 20 contacts each. Nobody gets mail.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn generate_agenda(&self, mailboxes: &[String]) -> Result<(), ControlError> {
        for (place, name) in mailboxes.iter().enumerate() {
            self.with_user(name, |world, user| {
                let mut ids = Ids::named(world.config.seed, &format!("agenda of {name}"));
                let others: Vec<&String> = mailboxes.iter().filter(|other| *other != name).collect();
                fill_calendar(world, user, &others, place, &mut ids)?;
                fill_contacts(world, user, &mut ids)
            })?;
        }
        Ok(())
    }
}

fn fill_calendar(world: &mut World, user: &str, others: &[&String], place: usize, ids: &mut Ids) -> Result<(), ControlError> {
    const ZONE: &str = "W. Europe Standard Time";
    let monday = monday(world.now(), ZONE);
    let colleague = if others.is_empty() { None } else { others.get(place % others.len()) };
    let written_to = written_to(world, user);
    for (count, (subject, day, hour, minutes)) in MEETINGS.into_iter().enumerate() {
        let hour = hour + i8::try_from(ids.below(2)).unwrap_or(0);
        let mut event = hours(monday, day, hour, minutes, ZONE);
        event["subject"] = json!(subject);
        event["location"] = json!({"displayName": if count % 2 == 0 { "Room 2" } else { "" }});
        let customer = PEOPLE[(count * 3 + place) % PEOPLE.len()];
        let customer = written_to
            .get(count / 3)
            .cloned()
            .unwrap_or_else(|| json!({"name": format!("{} {}", customer.0, customer.1), "address": address(&customer)}));
        let attendees = match count % 3 {
            0 => colleague.map(|address| json!([{"type": "required", "emailAddress": {"address": address}}])),
            1 => Some(json!([{"type": "required", "emailAddress": customer}])),
            _ => None,
        };
        event["attendees"] = attendees.unwrap_or_else(|| json!([]));
        add(world, user, event)?;
    }
    let mut whole_day = hours(monday, 7, 0, 24 * 60, ZONE);
    (whole_day["subject"], whole_day["isAllDay"], whole_day["showAs"]) = (json!("Stocktaking"), json!(true), json!("free"));
    add(world, user, whole_day)?;
    weekly(world, user, monday, ZONE)
}

/// Every Monday for eight weeks, begun three weeks ago; next week's is an hour later, the one after is left out.
fn weekly(world: &mut World, user: &str, monday: Date, zone: &str) -> Result<(), ControlError> {
    let start = monday.checked_sub(21.days()).unwrap_or(monday);
    let mut event = hours(start, 0, 9, 30, zone);
    event["subject"] = json!("Team round");
    event["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
        "range": {"type": "numbered", "startDate": start.to_string(), "numberOfOccurrences": 8},
    });
    let item = add(world, user, event)?;
    let day = |weeks: i32| monday.checked_add((7 * weeks).days()).ok();
    let later = hours(monday, 7, 10, 30, zone);
    let moved = json!({"start": later["start"], "end": later["end"], "subject": "Team round (an hour later)"});
    change_as(world, user, EventReference { item, date: day(1) }, moved).map_err(bad)?;
    let left_out = day(2).ok_or_else(|| ControlError::Bad("the calendar ends here".to_owned()))?;
    let now = world.now();
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(|| ControlError::NotFound(user.to_owned()))?;
    Ok(mailbox.cancel_occurrence(item, left_out, now)?)
}

fn add(world: &mut World, user: &str, event: Value) -> Result<crate::mailbox::ItemNumber, ControlError> {
    let mailbox = world.mailboxes.get(user).ok_or_else(|| ControlError::NotFound(user.to_owned()))?;
    let calendar = mailbox.agenda().default_calendar();
    let item = make(world, user, calendar, event).map_err(bad)?;
    meetings::share_quietly(world, user, item);
    Ok(item)
}

/// Those outside whom a mailbox has written to, the last first.
fn written_to(world: &World, user: &str) -> Vec<Value> {
    const ENOUGH: usize = 3;
    let Some(mailbox) = world.mailboxes.get(user) else { return Vec::new() };
    let sent = mailbox.well_known(WellKnown::SentItems).number;
    let messages =
        mailbox.everywhere().iter().rev().filter_map(|place| mailbox.message(place.item)).filter(|message| message.folder == sent);
    let text = |whom: &Value| whom["address"].as_str().unwrap_or_default().to_lowercase();
    let mut found: Vec<Value> = Vec::new();
    for message in messages {
        let own = text(&message.document.value(Property::From)["emailAddress"]);
        let whom = message.document.value(Property::ToRecipients)[0]["emailAddress"].take();
        let (address, domain) = (text(&whom), own.rsplit('@').next().unwrap_or_default());
        if address.contains('@') && !address.ends_with(domain) && !found.iter().any(|known| text(known) == address) {
            found.push(whom);
        }
        if found.len() == ENOUGH {
            break;
        }
    }
    found
}

fn fill_contacts(world: &mut World, user: &str, ids: &mut Ids) -> Result<(), ControlError> {
    let mailbox = world.mailboxes.get(user).ok_or_else(|| ControlError::NotFound(user.to_owned()))?;
    let folder = mailbox.address_book().default_folder();
    for person in &PEOPLE {
        let (given, family, company, _, title, country, phone, mobile) = *person;
        let home = if ids.chance(0.3) { json!([mobile]) } else { json!([]) };
        let contact = json!({
            "givenName": given, "surname": family, "displayName": format!("{given} {family}"), "companyName": company, "jobTitle": title,
            "businessPhones": [phone], "mobilePhone": mobile, "homePhones": home, "businessAddress": {"countryOrRegion": country},
            "emailAddresses": [{"name": format!("{given} {family}"), "address": address(person)}],
        });
        create_as(world, user, folder, contact).map_err(bad)?;
    }
    Ok(())
}

fn address(person: &Person) -> String {
    let letters: String = person.0.chars().filter(char::is_ascii_alphabetic).collect();
    format!("{}@{}", letters.to_lowercase(), person.3)
}

/// The Monday of the week of a time, in a zone.
fn monday(now: Timestamp, zone: &str) -> Date {
    let zone = zones::zone(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let today = zones::wall_clock(now, &zone).date();
    today.checked_sub(i32::from(today.weekday().since(Weekday::Monday)).days()).unwrap_or(today)
}

fn hours(monday: Date, day: i32, hour: i8, minutes: i32, zone: &str) -> Value {
    let date = monday.checked_add(day.days()).unwrap_or(monday);
    let start = date.to_datetime(Time::new(hour, 0, 0, 0).unwrap_or(Time::midnight()));
    let end = start.checked_add(minutes.minutes()).unwrap_or(start);
    json!({"start": {"dateTime": start.to_string(), "timeZone": zone}, "end": {"dateTime": end.to_string(), "timeZone": zone}})
}
