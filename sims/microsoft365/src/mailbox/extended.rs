//! Single-value extended properties of messages, and by which of them a message is found.
//!
//! An id is `Type {guid} Name name`, `Type {guid} Id 0x…` or `Type 0x…`. Only the name is case-sensitive, values are not
//! (reference: Graph, sections 2.4 and 3.8).

use jiff::Timestamp;

use super::change::Refused;
use super::message::{ItemNumber, Message};
use super::store::Mailbox;

/// One spelling of an id for all the ways to write it: everything but the name in small letters, numbers without leading zeros.
pub fn property_key(id: &str) -> String {
    let mut rest = id.trim();
    let mut words: Vec<String> = Vec::new();
    while !rest.is_empty() {
        let end =
            if rest.starts_with('{') { rest.find('}').map(|end| end + 1) } else { rest.find(|c: char| c.is_whitespace() || c == '{') };
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let word = word.to_lowercase();
        rest = behind.trim_start();
        let is_name = word == "name";
        let number = word.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        words.push(number.map_or(word, |number| format!("0x{number:x}")));
        if is_name {
            words.push(rest.to_owned());
            break;
        }
    }
    words.join(" ")
}

impl Mailbox {
    /// Sets extended properties of a message: those named get the new value, the others stay.
    ///
    /// # Errors
    /// [`Refused::NoSuchItem`].
    pub fn set_extended(&mut self, item: ItemNumber, properties: &[(String, String)], now: Timestamp) -> Result<(), Refused> {
        let before = self.present(item)?.extended.clone();
        for (id, value) in &before {
            let known = self.by_extended.get_mut(&(property_key(id), value.to_lowercase()));
            known.into_iter().for_each(|items| items.retain(|known| *known != item));
        }
        let mut all = before.into_vec();
        for (id, value) in properties {
            let key = property_key(id);
            all.retain(|(known, _)| property_key(known) != key);
            all.push((id.as_str().into(), value.as_str().into()));
        }
        self.alter(item, now, false, |message| message.extended = all.into_boxed_slice());
        let pairs: Vec<_> = self.present(item)?.extended.to_vec();
        for (id, value) in pairs {
            self.by_extended.entry((property_key(&id), value.to_lowercase())).or_default().push(item);
        }
        Ok(())
    }

    /// The messages of the visible tree that were given this extended property, the latest first.
    pub fn with_extended(&self, id: &str, value: &str) -> Vec<&Message> {
        let key = (property_key(id), value.to_lowercase());
        let items = self.by_extended.get(&key).map(Vec::as_slice).unwrap_or_default();
        let present = items.iter().rev().filter_map(|item| self.message(*item));
        present.filter(|message| self.folder(message.folder).is_some_and(|folder| folder.in_tree)).collect()
    }

    pub(super) fn know_extended(&mut self, message: &Message) {
        for (id, value) in &message.extended {
            self.by_extended.entry((property_key(id), value.to_lowercase())).or_default().push(message.item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_keeps_its_case() {
        let guid = "{00020329-0000-0000-C000-000000000046}";
        let one = property_key(&format!("String {guid} Name Key"));
        assert_eq!(one, property_key(&format!("string  {} name Key ", guid.to_lowercase())));
        assert_ne!(one, property_key(&format!("String {guid} Name key")));
        assert_eq!(property_key("Integer 0x0E07"), property_key("integer 0xe07"));
        assert_ne!(property_key("String 0x1042"), property_key("String 0x1043"));
    }
}
