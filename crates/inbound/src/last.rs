//! Last: a page of changes may say several things about one object; the last one counts.

use std::collections::HashMap;

/// The last entry about each object, in their order. `id` names the object.
pub(crate) fn last_of_each<T>(entries: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
    let last: HashMap<String, usize> = entries.iter().enumerate().map(|(place, entry)| (id(entry).to_owned(), place)).collect();
    let is_last = |(place, entry): &(usize, T)| last.get(id(entry)) == Some(place);
    entries.into_iter().enumerate().filter(is_last).map(|(_, entry)| entry).collect()
}
