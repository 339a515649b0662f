//! Time zones as Microsoft names them: Windows names ("Pacific Standard Time"), IANA names ("America/Los_Angeles") and the
//! names of its own (`tzone://Microsoft/Utc`), made into rules by which local times become instants.
//!
//! Promises: the rules come from the database that is built in, never from the machine, so that every node says the same.
//! A name that means nothing here is kept as it came and told apart from one whose rules Microsoft keeps to itself.
//!
//! It does not guess: an abbreviation (`CEST`) or a display name (`(UTC+01:00) Berlin`) is unknown.
//!
//! Source: reference for Graph, section 8.2; `windowsZones` of the Unicode CLDR for Windows names (`data/windows_zones.txt`).

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::entries;

const LIST: &str = include_str!("../data/windows_zones.txt");

/// Names that older releases of Windows used and mailboxes still hold; the CLDR knows them no longer.
const OLD_NAMES: &[(&str, &str)] = &[
    ("Armenian Standard Time", "Asia/Yerevan"),
    ("Kamchatka Standard Time", "Asia/Kamchatka"),
    ("Mexico Standard Time", "America/Mexico_City"),
    ("Mexico Standard Time 2", "America/Mazatlan"),
    ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
];

/// What stands before the names that Microsoft made up.
const OWN_PREFIX: &str = "tzone://Microsoft/";

/// A time zone whose rules are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The name as it came.
    pub written: String,
    /// The name of the IANA database whose rules it has.
    pub iana: String,
    /// The rules.
    pub rules: TimeZone,
}

/// What a name of a time zone turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One with known rules.
    Known(Zone),
    /// One that somebody made up in an old calendar program (the name as it came). Graph does not tell its rules: times that
    /// come in UTC are right, a series that is worked out from its pattern may be off in summer or winter.
    Custom(String),
    /// A name that is in no table (as it came).
    Unknown(String),
}

impl Reading {
    /// The zone, if its rules are known.
    pub fn zone(&self) -> Option<&Zone> {
        match self {
            Reading::Known(zone) => Some(zone),
            Reading::Custom(_) | Reading::Unknown(_) => None,
        }
    }

    /// The zone, if its rules are known.
    pub fn into_zone(self) -> Option<Zone> {
        match self {
            Reading::Known(zone) => Some(zone),
            Reading::Custom(_) | Reading::Unknown(_) => None,
        }
    }

    /// The name as it came.
    pub fn written(&self) -> &str {
        match self {
            Reading::Known(zone) => &zone.written,
            Reading::Custom(written) | Reading::Unknown(written) => written,
        }
    }
}

impl fmt::Display for Reading {
    /// A sentence for whoever has to know why times may be off.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reading::Known(zone) if zone.written == zone.iana => write!(f, "The time zone is {}.", zone.iana),
            Reading::Known(zone) => write!(f, "The time zone \"{}\" has the rules of {}.", zone.written, zone.iana),
            Reading::Custom(written) => write!(
                f,
                "The time zone \"{written}\" was made up in a calendar program and Microsoft does not tell its rules. Set a time zone \
                 for the meeting in Outlook."
            ),
            Reading::Unknown(written) => {
                write!(f, "The time zone \"{written}\" is not known here. Set another time zone for the meeting in Outlook.")
            }
        }
    }
}

/// What a name stands for. Case does not count.
pub fn read(written: &str) -> Reading {
    let name = written.trim();
    let own = name.get(..OWN_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN_PREFIX));
    let name = if own { &name[OWN_PREFIX.len()..] } else { name };
    if (own && name.eq_ignore_ascii_case("Custom")) || name.eq_ignore_ascii_case("Customized Time Zone") {
        return Reading::Custom(written.to_owned());
    }
    let iana = tables().of_windows.get(&name.to_ascii_lowercase()).copied().unwrap_or(name);
    match database().get(iana) {
        Ok(rules) if !rules.is_unknown() => {
            let iana = rules.iana_name().unwrap_or(iana).to_owned();
            Reading::Known(Zone { written: written.to_owned(), iana, rules })
        }
        _ => Reading::Unknown(written.to_owned()),
    }
}

/// The name by which Windows knows an IANA zone: what every Microsoft program understands. `None` where Windows has none.
pub fn windows_name(iana: &str) -> Option<&'static str> {
    tables().of_iana.get(&iana.to_ascii_lowercase()).copied()
}

/// The names of Windows and the IANA zone of each, in alphabetical order.
pub fn windows_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().filter_map(|(name, zones)| Some((name, zones.split(' ').next()?)))
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    entries(LIST).filter_map(|line| line.split_once(" = "))
}

/// Both directions, by names in lower case.
struct Tables {
    of_windows: HashMap<String, &'static str>,
    of_iana: HashMap<String, &'static str>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let named = windows_names().chain(OLD_NAMES.iter().copied());
        let of_windows = named.map(|(name, iana)| (name.to_ascii_lowercase(), iana)).collect();
        let each = rows().flat_map(|(name, zones)| zones.split(' ').map(move |zone| (zone.to_ascii_lowercase(), name)));
        Tables { of_windows, of_iana: each.collect() }
    })
}

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{OLD_NAMES, Reading, read, rows, windows_name, windows_names};

    fn iana(written: &str) -> Option<String> {
        read(written).into_zone().map(|zone| zone.iana)
    }

    #[test]
    fn windows_iana_and_microsofts_own_names_have_rules() {
        for (written, expected) in [
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("pacific standard time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("SE Asia Standard Time", "Asia/Bangkok"),
            ("Asia/Jakarta", "Asia/Jakarta"),
            ("asia/jakarta", "Asia/Jakarta"),
            ("UTC", "Etc/UTC"),
            ("tzone://Microsoft/Utc", "Etc/UTC"),
            ("tzone://Microsoft/W. Europe Standard Time", "Europe/Berlin"),
            (" UTC+12 ", "Etc/GMT-12"),
            ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
        ] {
            assert_eq!(iana(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn a_zone_that_somebody_made_up_is_told_from_a_name_that_is_nowhere_and_both_are_kept_as_they_came() {
        for custom in ["tzone://Microsoft/Custom", "Customized Time Zone", "TZONE://microsoft/custom"] {
            assert_eq!(read(custom), Reading::Custom(custom.to_owned()));
        }
        for unknown in
            ["", " ", "CEST", "(UTC+01:00) Amsterdam, Berlin", "Custom", "Local", "Etc/Unknown", "Middle-earth/Shire", "tzone://"]
        {
            assert_eq!(read(unknown), Reading::Unknown(unknown.to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_what_to_do() {
        assert_eq!(
            read("Shire").to_string(),
            "The time zone \"Shire\" is not known here. Set another time zone for the meeting in Outlook."
        );
        assert!(read("tzone://Microsoft/Custom").to_string().contains("does not tell its rules"));
    }

    #[test]
    fn every_name_of_the_table_has_rules_and_leads_back() {
        assert_eq!(windows_names().count(), 139);
        for (windows, zones) in rows() {
            assert!(read(windows).zone().is_some(), "{windows}");
            for zone in zones.split(' ') {
                assert!(read(zone).zone().is_some(), "{zone}");
                assert_eq!(windows_name(zone), Some(windows), "{zone}");
            }
        }
        for (old, zone) in OLD_NAMES {
            assert!(read(old).zone().is_some() && read(zone).zone().is_some(), "{old}");
        }
        assert_eq!(windows_name("Antarctica/Troll"), None);
    }

    #[test]
    fn every_row_of_the_cldr_resolves() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/tables/windows-zones.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            return println!("left out: ../shared/data not found (tables/windows-zones.json)");
        };
        let table: serde_json::Value = serde_json::from_str(&text).unwrap();
        let found = table["supplemental"]["windowsZones"]["mapTimezones"].as_array().unwrap();
        assert!(found.len() >= 500);
        for row in found {
            let row = &row["mapZone"];
            let windows = read(row["_other"].as_str().unwrap()).into_zone().unwrap_or_else(|| panic!("{row}"));
            let mut zones = row["_type"].as_str().unwrap().split_whitespace();
            if row["_territory"] == "001" {
                assert_eq!(read(zones.next().unwrap()).into_zone().unwrap().rules, windows.rules, "{row}");
            }
            assert!(zones.all(|zone| read(zone).zone().is_some()), "{row}");
        }
    }
}
