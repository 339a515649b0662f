//! Templates: texts with merge fields, `{{person.first_name | "there"}}`, read when they are kept and filled when mail is made.
//!
//! Promises: a field that is not known, or stands where no value can be made harmless, is refused when the template is read, with its
//! place. A field without a value takes its fallback; without one it is named as missing and left as it was written, and whoever
//! sends refuses the mail. A value is only ever text: it opens and closes no tag, adds no attribute, begins no line of a subject, and
//! as the beginning of an address it must be one of the web, of mail or of a telephone. What is in a value is not read for fields again.
//! What it does not do: make the author's own HTML safe.
//!
//! Sources: WHATWG HTML, "Tokenization"; the contexts that `html/template` of Go tells apart.

mod field;
mod read;
mod spot;
mod value;

pub use field::{Field, KNOWN};
pub use read::{FIELDS_MAX, Fault, Wrong};
pub use value::Values;

use std::ops::Range;

use spot::Spot;

/// The fields of a text, each once, in their order; none of one that cannot be read. Where they stand is not looked at.
pub fn fields_in(source: &str, form: Form) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (_, field, _) in read::found(source, form).unwrap_or_default() {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// What a text with fields becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One line of a header, such as a subject.
    Line,
    /// Plain text.
    Text,
    /// HTML, a fragment or a document.
    Html,
}

/// A text with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    pieces: Vec<Piece>,
}

/// A field where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    /// From `{{` to `}}`, in bytes.
    place: Range<usize>,
    field: Field,
    fallback: Option<String>,
    spot: Spot,
}

/// A text with its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text; what is missing stands in it as it was written.
    pub text: String,
    /// The names of the fields that have neither a value that can stand there nor a fallback, each once, in their order.
    pub missing: Vec<String>,
}

impl Pattern {
    /// Reads a text.
    ///
    /// # Errors
    /// The first fault: a field that is not known, cannot be read or stands where none can.
    pub fn read(source: &str, form: Form) -> Result<Self, Fault> {
        Ok(Pattern { source: source.to_owned(), pieces: read::pieces(source, form)? })
    }

    /// The text with these values.
    pub fn fill(&self, values: &Values) -> Filled {
        let (mut filled, mut at) = (Filled::default(), 0);
        for piece in &self.pieces {
            filled.text.push_str(&self.source[at..piece.place.start]);
            at = piece.place.end;
            let given = values.of(&piece.field).and_then(|value| piece.spot.written(value));
            match given.or_else(|| piece.fallback.as_deref().map(|fallback| piece.spot.own(fallback))) {
                Some(written) => filled.text.push_str(&written),
                None => {
                    filled.text.push_str(&self.source[piece.place.clone()]);
                    let name = piece.field.to_string();
                    if !filled.missing.contains(&name) {
                        filled.missing.push(name);
                    }
                }
            }
        }
        filled.text.push_str(&self.source[at..]);
        filled
    }
}

#[cfg(test)]
mod tests;
