//! Values: what is known for the fields of one mail.

use std::collections::BTreeMap;

use super::Field;

/// What is known for the fields of one mail; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// The recipient's name.
    pub person_name: String,
    /// The name by which they are spoken to.
    pub person_first_name: String,
    /// The address to which the mail goes.
    pub person_email: String,
    /// The name of the customer that they belong to.
    pub customer_name: String,
    /// The name of whom the mail is from.
    pub sender_name: String,
    /// The address of whom the mail is from.
    pub sender_email: String,
    /// What is given under names of the asker's own.
    pub fields: BTreeMap<String, String>,
}

impl Values {
    /// The value of a field. One in which nothing can be seen is none: nobody is written to as "Dear ,".
    pub fn of(&self, field: &Field) -> Option<&str> {
        let value = match field {
            Field::PersonName => &self.person_name,
            Field::PersonFirstName => &self.person_first_name,
            Field::PersonEmail => &self.person_email,
            Field::CustomerName => &self.customer_name,
            Field::SenderName => &self.sender_name,
            Field::SenderEmail => &self.sender_email,
            Field::Free(name) => self.fields.get(name)?,
        };
        value.chars().any(is_seen).then(|| value.trim())
    }
}

fn is_seen(letter: char) -> bool {
    let is_hidden = matches!(letter, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}' | '\u{2800}');
    !(letter.is_whitespace() || letter.is_control() || is_hidden)
}
