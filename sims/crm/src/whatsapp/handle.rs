//! What a test or a person may do at WhatsApp, and where the calls are fetched and answered.

use jiff::Timestamp;

use crate::google::NotThere;
use crate::simulator::Simulator;
use crate::world::World;

use super::delivery::{self, Delivery, Handshake};
use super::payload::{self, Note};
use super::people::{Card, NewWhatsappPerson, Origin, Status, WhatsappPerson};

/// WhatsApp's side of a simulator. People are named by their user id.
#[derive(Debug, Clone)]
pub struct Whatsapp {
    sim: Simulator,
}

impl Whatsapp {
    pub(crate) fn new(sim: Simulator) -> Self {
        Self { sim }
    }

    /// Makes somebody.
    pub fn add_person(&self, new: NewWhatsappPerson) -> WhatsappPerson {
        let world = &mut *self.sim.world();
        let digits = digits(&new.number);
        let country = country(&digits);
        let ids = &mut world.whatsapp.ids;
        let person = WhatsappPerson {
            user_id: format!("{country}.{}", ids.digits(20)),
            parent_user_id: format!("{country}.ENT.{}", ids.digits(20)),
            name: new.name,
            wa_id: new.wa_id.unwrap_or_else(|| usual_wa_id(&digits)),
            number: new.number,
            username: new.username,
            number_hidden: new.number_hidden,
        };
        world.whatsapp.people.push(person.clone());
        person
    }

    /// Makes up so many people by seed, some with a username, some with a hidden number.
    pub fn generate(&self, count: usize) -> Vec<WhatsappPerson> {
        (0..count).map(|place| self.add_person(self.draw_person(place))).collect()
    }

    fn draw_person(&self, place: usize) -> NewWhatsappPerson {
        let ids = &mut self.sim.world().whatsapp.ids;
        let start = *ids.pick(&["+49 1512 2", "+62 812 3", "+55 11 9", "+52 55 4", "+54 11 5", "+1 212 2"]);
        let name = *ids.pick(&["Jörg", "Siti ☕", "José", "Зоя", "Anna", "さくら"]);
        let number = format!("{start}{}", ids.digits(7 + usize::from(start.starts_with("+55"))));
        let username = ids.chance(0.3).then(|| format!("user.{place}_{}", ids.digits(4)));
        let number_hidden = username.is_some() && ids.chance(0.5);
        NewWhatsappPerson { name: name.to_owned(), number, wa_id: None, username, number_hidden }
    }

    /// Everybody, oldest first.
    pub fn people(&self) -> Vec<WhatsappPerson> {
        self.sim.world().whatsapp.people.clone()
    }

    /// Changes somebody: name, username, whether the number is hidden.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn change(&self, user_id: &str, change: impl FnOnce(&mut WhatsappPerson)) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        world.whatsapp.person_mut(user_id).map(change).ok_or_else(|| nobody(user_id))
    }

    /// Somebody writes a text. Gives the message's id (`wamid.…`).
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn says(&self, user_id: &str, text: &str) -> Result<String, NotThere> {
        self.note(user_id, |world, person, id, at| payload::text(&world.config.whatsapp, person, id, at, text))
    }

    /// Somebody shares contact cards. Gives the message's id.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn shares(&self, user_id: &str, cards: &[Card], origin: Origin) -> Result<String, NotThere> {
        self.note(user_id, |world, person, id, at| payload::cards(&world.config.whatsapp, person, id, at, cards, origin))
    }

    /// Somebody moves to another number: a system message tells it. Gives the message's id.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn changes_number(&self, user_id: &str, number: &str) -> Result<String, NotThere> {
        let id = self.note(user_id, |world, before, id, at| {
            let after = WhatsappPerson { wa_id: usual_wa_id(&digits(number)), number: number.to_owned(), ..before.clone() };
            payload::number_changed(&world.config.whatsapp, before, &after, id, at)
        })?;
        self.change(user_id, |person| {
            person.wa_id = usual_wa_id(&digits(number));
            person.number = number.to_owned();
        })?;
        Ok(id)
    }

    /// A message of the business to somebody comes to this; `message` is its id, a new one if `None`. Gives the id.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn reports(&self, user_id: &str, message: Option<&str>, status: Status) -> Result<String, NotThere> {
        let known = message.map(str::to_owned);
        let mut told = None;
        let drawn = self.note(user_id, |world, person, id, at| {
            let id = known.as_deref().unwrap_or(id);
            told = Some(id.to_owned());
            payload::status(&world.config.whatsapp, person, id, at, status)
        })?;
        Ok(told.unwrap_or(drawn))
    }

    fn note(&self, user_id: &str, make: impl FnOnce(&World, &WhatsappPerson, &str, i64) -> Note) -> Result<String, NotThere> {
        let world = &mut *self.sim.world();
        let person = world.whatsapp.person(user_id).cloned().ok_or_else(|| nobody(user_id))?;
        let id = format!("wamid.{}", world.whatsapp.ids.token(33));
        let note = make(world, &person, &id, world.now().as_second());
        world.whatsapp.notes.push(note);
        Ok(id)
    }

    /// The handshake for the receiver's address.
    pub fn handshake(&self) -> Handshake {
        delivery::handshake(&mut self.sim.world())
    }

    /// The calls that are due now and that nobody carries yet. Each must be answered with [`Self::settle`].
    pub fn deliveries_due(&self) -> Vec<Delivery> {
        delivery::due(&mut self.sim.world())
    }

    /// What a call was answered with; `None` if the connection broke. Whatever is not 200 is sent again later.
    pub fn settle(&self, number: u64, status: Option<u16>) {
        delivery::settle(&mut self.sim.world(), number, status);
    }

    /// When the next call is due; `None` if none is waiting.
    pub fn next_due(&self) -> Option<Timestamp> {
        let world = &mut *self.sim.world();
        delivery::pack(world);
        world.whatsapp.calls.values().filter(|call| !call.is_out).map(|call| call.due).min()
    }

    /// Calls made, answered 200, given up.
    pub fn counts(&self) -> (u64, u64, u64) {
        let state = &self.sim.world().whatsapp;
        (state.made, state.answered, state.given_up)
    }
}

fn nobody(user_id: &str) -> NotThere {
    NotThere("person on WhatsApp", user_id.to_owned())
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// The id that WhatsApp usually gives a number: older Brazilian mobiles without the ninth digit, Mexican mobiles with a
/// 1, Argentine ones with a 9 (reference: integrations 5.3).
fn usual_wa_id(digits: &str) -> String {
    match (digits.get(..2), digits.len()) {
        (Some("55"), 13) if digits.get(4..5) == Some("9") => format!("{}{}", &digits[..4], &digits[5..]),
        (Some("52"), 12) => format!("521{}", &digits[2..]),
        (Some("54"), 12) => format!("549{}", &digits[2..]),
        _ => digits.to_owned(),
    }
}

fn country(digits: &str) -> &'static str {
    const CODES: [(&str, &str); 9] =
        [("49", "DE"), ("62", "ID"), ("55", "BR"), ("52", "MX"), ("54", "AR"), ("44", "GB"), ("46", "SE"), ("33", "FR"), ("1", "US")];
    CODES.iter().find(|(code, _)| digits.starts_with(code)).map_or("US", |(_, name)| name)
}
