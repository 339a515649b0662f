//! Which fields of a person there are, and which a call asks for (People API, people.connections.list: personFields).

use std::collections::BTreeSet;

const FIELDS: [&str; 31] = [
    "addresses",
    "ageRanges",
    "biographies",
    "birthdays",
    "calendarUrls",
    "clientData",
    "coverPhotos",
    "emailAddresses",
    "events",
    "externalIds",
    "fileAses",
    "genders",
    "imClients",
    "interests",
    "locales",
    "locations",
    "memberships",
    "metadata",
    "miscKeywords",
    "names",
    "nicknames",
    "occupations",
    "organizations",
    "phoneNumbers",
    "photos",
    "relations",
    "sipAddresses",
    "skills",
    "taglines",
    "urls",
    "userDefined",
];

/// The fields of a mask, or the first path that is none.
pub(crate) fn read(text: &str) -> Result<BTreeSet<String>, String> {
    let paths: BTreeSet<String> = text.split(',').map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect();
    match paths.iter().find(|path| !is_field(path)) {
        Some(unknown) => Err(unknown.clone()),
        None => Ok(paths),
    }
}

/// Whether a person may have such a field.
pub(crate) fn is_field(name: &str) -> bool {
    FIELDS.contains(&name)
}
