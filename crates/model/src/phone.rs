//! Phone numbers: what people, programs and WhatsApp write, made into one form (E.164: `+628123456789`) by which two writings of one number
//! are equal.
//!
//! Promises: pure, by the numbering plans that are built in; a number that cannot be used is kept as it came, with the reason. An
//! extension is kept apart. A field that holds several numbers gives each.
//!
//! It does not call anybody, and does not know whether a number is in service.
//!
//! Sources: Google's libphonenumber (plans and forms); reference for integrations, section 5.4; WhatsApp's ids: section 5.3.

mod reading;
mod split;
#[cfg(test)]
mod tests;

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};
use serde::{Deserialize, Serialize};

/// The longest field that is looked at, in bytes: what is longer is no phone number, nor a few.
pub const FIELD_BYTES_MAX: usize = 1_024;

/// A country whose people write numbers without its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region(rlibphonenumber::Region);

impl Region {
    /// The region of a country by ISO 3166-1 alpha-2, in any case; `None` if no numbering plan is known for it.
    pub fn named(code: &str) -> Option<Self> {
        let region = rlibphonenumber::Region::from_code(code.trim()).ok()?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).filter(|code| *code > 0).map(|_| Region(region))
    }

    /// ISO 3166-1 alpha-2 in capitals.
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// What stands behind the `+` in front of its numbers.
    pub fn calling_code(self) -> i32 {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).unwrap_or_default()
    }
}

/// What became of a number as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// It can be compared and called.
    Usable(Number),
    /// It cannot.
    Unusable(Unusable),
}

impl Phone {
    /// The number, if it is usable.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Phone::Usable(number) => Some(number),
            Phone::Unusable(_) => None,
        }
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        match self {
            Phone::Usable(number) => &number.written,
            Phone::Unusable(unusable) => &unusable.written,
        }
    }
}

/// A number that can be compared and called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// `+` and 8 to 15 digits.
    pub e164: String,
    /// The digits to dial once it is answered: two numbers that differ in it are two.
    pub extension: Option<String>,
    /// What kind of line it is.
    pub kind: Kind,
    /// As it was written.
    pub written: String,
}

impl Number {
    /// The number without its `+`, as WhatsApp writes it.
    pub fn digits(&self) -> &str {
        self.e164.trim_start_matches('+')
    }
}

/// What kind of line a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In somebody's pocket.
    Mobile,
    /// In a house or an office.
    Landline,
    /// One of the two; the plan of its country does not tell.
    MobileOrLandline,
    /// Over the internet.
    Voip,
    /// One that follows a person from line to line.
    Personal,
    /// A pager.
    Pager,
    /// A service that many call: free, shared, dear, or one number for a whole company.
    Service,
    /// The plan that is built in does not know it (plans grow); its length fits.
    Unknown,
}

impl Kind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Mobile => "mobile",
            Kind::Landline => "landline",
            Kind::MobileOrLandline => "mobile_or_landline",
            Kind::Voip => "voip",
            Kind::Personal => "personal",
            Kind::Pager => "pager",
            Kind::Service => "service",
            Kind::Unknown => "unknown",
        }
    }

    /// Whether it may be one person's: the number of a service is nobody's, so that it joins nobody.
    pub const fn is_personal(self) -> bool {
        !matches!(self, Kind::Service)
    }
}

impl From<PhoneNumberType> for Kind {
    fn from(kind: PhoneNumberType) -> Self {
        match kind {
            PhoneNumberType::Mobile => Kind::Mobile,
            PhoneNumberType::FixedLine => Kind::Landline,
            PhoneNumberType::FixedLineOrMobile => Kind::MobileOrLandline,
            PhoneNumberType::VoIP => Kind::Voip,
            PhoneNumberType::PersonalNumber => Kind::Personal,
            PhoneNumberType::Pager => Kind::Pager,
            PhoneNumberType::TollFree
            | PhoneNumberType::PremiumRate
            | PhoneNumberType::SharedCost
            | PhoneNumberType::UAN
            | PhoneNumberType::VoiceMail => Kind::Service,
            PhoneNumberType::Unknown => Kind::Unknown,
        }
    }
}

/// A number that cannot be used, kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unusable {
    /// As it was written.
    pub written: String,
    /// Why it cannot be used.
    pub reason: Reason,
}

/// Why a number cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There are no digits in it.
    NoDigits,
    /// It names no country, and no default region is set.
    NoCountry,
    /// It names a country that is none.
    UnknownCountry,
    /// It has too few digits; most of these are short codes of a service.
    TooShort,
    /// It has too many digits: perhaps two numbers without anything between them.
    TooLong,
    /// No number of its country looks like it.
    NotInPlan,
    /// A group or an anonymous member at WhatsApp, which have no number.
    NotANumber,
}

impl Reason {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::NoDigits => "no_digits",
            Reason::NoCountry => "no_country",
            Reason::UnknownCountry => "unknown_country",
            Reason::TooShort => "too_short",
            Reason::TooLong => "too_long",
            Reason::NotInPlan => "not_in_plan",
            Reason::NotANumber => "not_a_number",
        }
    }
}

impl fmt::Display for Reason {
    /// A sentence for whoever may mend it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::NoDigits => "There are no digits in it.",
            Reason::NoCountry => "It names no country. Write it with + and the country's code, or set a default region.",
            Reason::UnknownCountry => "No country has the code behind the +.",
            Reason::TooShort => "It is too short for a phone number, as short codes of services are.",
            Reason::TooLong => "It is too long for a phone number. Are these two? Put a line break between them.",
            Reason::NotInPlan => "No number of its country looks like this. Is a digit missing, or the country's code?",
            Reason::NotANumber => "It stands for a group or an anonymous member at WhatsApp, which have no number.",
        })
    }
}

/// The numbers of a field, in their order. `region` is where they were written: the source account's, else the workspace's. An empty
/// field has none.
pub fn read(field: &str, region: Option<Region>) -> Vec<Phone> {
    split::split(field, region).into_iter().map(|part| one(part, region)).collect()
}

/// One number, whatever the field holds. For a field of several see [`read`].
pub fn one(written: &str, region: Option<Region>) -> Phone {
    let written = written.trim();
    match reading::read(written, region) {
        Ok(number) => Phone::Usable(number),
        Err(reason) => Phone::Unusable(Unusable { written: written.to_owned(), reason }),
    }
}

/// The E.164 form of what somebody looks for: `08…`, `628…` and `+628…` find the same. `None` if it is no whole number.
pub fn look_up(query: &str, region: Option<Region>) -> Option<String> {
    reading::read(query.trim(), region).ok().map(|number| number.e164)
}
