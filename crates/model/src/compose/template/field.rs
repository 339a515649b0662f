//! Fields: what a template can ask for.

use std::fmt;

/// What a template can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `person.name`: the recipient's name.
    PersonName,
    /// `person.first_name`: the name by which a recipient who is a human is spoken to.
    PersonFirstName,
    /// `person.email`: the address to which the mail goes.
    PersonEmail,
    /// `customer.name`: the name of the customer that the recipient belongs to.
    CustomerName,
    /// `sender.name`: the name of whom the mail is from.
    SenderName,
    /// `sender.email`: the address of whom the mail is from.
    SenderEmail,
    /// `fields.x`: what is given with the request under this name.
    Free(String),
}

/// The names of all fields, the free ones by an example.
pub const KNOWN: &[&str] =
    &["person.name", "person.first_name", "person.email", "customer.name", "sender.name", "sender.email", "fields.your_own_name"];

/// Letters of the name of a free field.
const NAME_LETTERS_MAX: usize = 64;

impl Field {
    /// The field of this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "person.name" => Field::PersonName,
            "person.first_name" => Field::PersonFirstName,
            "person.email" => Field::PersonEmail,
            "customer.name" => Field::CustomerName,
            "sender.name" => Field::SenderName,
            "sender.email" => Field::SenderEmail,
            _ => Field::Free(name.strip_prefix("fields.").filter(|own| is_name(own))?.to_owned()),
        })
    }
}

/// Whether a free field can be called so: letters and digits of ASCII, `_` and `-`.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=NAME_LETTERS_MAX).contains(&name.len()) && name.bytes().all(is_letter)
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::PersonName => f.write_str("person.name"),
            Field::PersonFirstName => f.write_str("person.first_name"),
            Field::PersonEmail => f.write_str("person.email"),
            Field::CustomerName => f.write_str("customer.name"),
            Field::SenderName => f.write_str("sender.name"),
            Field::SenderEmail => f.write_str("sender.email"),
            Field::Free(name) => write!(f, "fields.{name}"),
        }
    }
}
