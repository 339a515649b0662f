//! Pages and their links.
//!
//! A list or a delta round comes in pages (graph.md 2.2, 4.1). A page ends with `@odata.nextLink` (there is more of
//! this round) or, in delta, with `@odata.deltaLink` (the round is whole; ask here later). Links are absolute and
//! opaque: replayed as they came, with the same `Prefer` headers, which they do not carry. A page may be short or
//! empty and still have a next link. In a delta page an entry with `@removed` has left the set (deleted or moved:
//! they look the same); everything else is a change, possibly seen before, possibly partial; the same id may come
//! twice, the last one wins.
//!
//! A link is a credential's target: whoever plants one gets our token. So a link becomes one of these types only
//! when its scheme, host, port and path prefix are those of the configured root; any other is a [`ForeignLink`],
//! refused before it is followed or stored. One entry that does not read as the type it should be does not lose the
//! page: it is named in `unreadable` so that the caller can fetch or park it.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use crate::cloud::Cloud;
use crate::lenient;

/// The longest link that is followed, in bytes. Real ones have under 2,000.
pub const LINK_BYTES_MAX: usize = 16 * 1024;

/// A link that does not lead below the configured Graph root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link leads away from the configured Graph root")]
pub struct ForeignLink;

macro_rules! link {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The link in `text`, if it leads below `cloud`'s Graph root. Also the way to take one out of storage.
            ///
            /// # Errors
            /// [`ForeignLink`] when it leads anywhere else.
            pub fn checked(text: &str, cloud: &Cloud) -> Result<Self, ForeignLink> {
                check(text, cloud).map(|()| $name(text.to_owned()))
            }

            /// The link as it came: for storing.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            /// Shows no part of the link: it names a mailbox.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }
    };
}

link! {
    /// Where the next page of the same round is.
    NextLink
}
link! {
    /// Where to ask, later, for what has changed since this round.
    DeltaLink
}

/// What a delta page ends with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// The round goes on.
    Next(NextLink),
    /// The round is whole.
    Delta(DeltaLink),
}

impl Link {
    /// The link as it came: for storing.
    pub fn as_str(&self) -> &str {
        match self {
            Link::Next(link) => link.as_str(),
            Link::Delta(link) => link.as_str(),
        }
    }

    /// Whether the round is whole with this page.
    pub const fn ends_the_round(&self) -> bool {
        matches!(self, Link::Delta(_))
    }
}

/// One entry of a delta page.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta<T> {
    /// It exists and is new or changed, as a whole or in part.
    Changed(T),
    /// It is no longer in the set: deleted, or moved out of the folder.
    Removed {
        /// Its id.
        id: String,
    },
}

/// One page of a delta round.
#[derive(Clone, Debug)]
pub struct DeltaPage<T> {
    /// What has changed, to be applied in order.
    pub items: Vec<Delta<T>>,
    /// The ids of entries that could not be read (empty where even the id could not).
    pub unreadable: Vec<String>,
    /// Where to go on.
    pub link: Link,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct ListPage<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The ids of entries that could not be read (empty where even the id could not).
    pub unreadable: Vec<String>,
    /// The next page, if there is one.
    pub next: Option<NextLink>,
}

/// An entry that delta pages are made of.
pub trait DeltaEntry: DeserializeOwned {
    /// The entry as a change, or as a removal if it carries that mark.
    fn into_delta(self) -> Delta<Self>;
}

/// The mark of a removed entry. Its reason is not kept: Outlook says `deleted` for moves too (graph.md 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct RemovedMark {}

/// Why a page cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageFault {
    /// Not JSON, cut off, or without `value` and link.
    Unreadable,
    /// With a link to somewhere else.
    Foreign,
}

impl From<ForeignLink> for PageFault {
    fn from(_: ForeignLink) -> Self {
        PageFault::Foreign
    }
}

#[derive(serde::Deserialize)]
struct Wire<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink", default)]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink", default)]
    delta: Option<String>,
}

#[derive(serde::Deserialize)]
struct OnlyId {
    #[serde(default)]
    id: String,
}

/// Reads a delta page. Without either link it is not one.
pub(crate) fn read_delta_page<T: DeltaEntry>(body: &[u8], cloud: &Cloud) -> Result<DeltaPage<T>, PageFault> {
    let (wire, unreadable) = read_wire::<T>(body)?;
    let link = match (wire.delta, wire.next) {
        (Some(delta), _) => Link::Delta(DeltaLink::checked(&delta, cloud)?),
        (None, Some(next)) => Link::Next(NextLink::checked(&next, cloud)?),
        (None, None) => return Err(PageFault::Unreadable),
    };
    Ok(DeltaPage { items: wire.value.into_iter().map(DeltaEntry::into_delta).collect(), unreadable, link })
}

/// Reads a page of a list.
pub(crate) fn read_list_page<T: DeserializeOwned>(body: &[u8], cloud: &Cloud) -> Result<ListPage<T>, PageFault> {
    let (wire, unreadable) = read_wire::<T>(body)?;
    let next = wire.next.map(|next| NextLink::checked(&next, cloud)).transpose()?;
    Ok(ListPage { items: wire.value, unreadable, next })
}

fn read_wire<T: DeserializeOwned>(body: &[u8]) -> Result<(Wire<T>, Vec<String>), PageFault> {
    match lenient::read::<Wire<T>>(body) {
        Ok(wire) => Ok((wire, Vec::new())),
        Err(_) => read_one_by_one(body),
    }
}

/// The slow way: each entry by itself, so that one unreadable entry costs only itself.
fn read_one_by_one<T: DeserializeOwned>(body: &[u8]) -> Result<(Wire<T>, Vec<String>), PageFault> {
    let raw = lenient::read::<Wire<Box<RawValue>>>(body).map_err(|_| PageFault::Unreadable)?;
    let mut wire = Wire { value: Vec::with_capacity(raw.value.len()), next: raw.next, delta: raw.delta };
    let mut unreadable = Vec::new();
    for entry in raw.value {
        match serde_json::from_str::<T>(entry.get()) {
            Ok(item) => wire.value.push(item),
            Err(_) => unreadable.push(serde_json::from_str::<OnlyId>(entry.get()).map(|only| only.id).unwrap_or_default()),
        }
    }
    Ok((wire, unreadable))
}

fn check(text: &str, cloud: &Cloud) -> Result<(), ForeignLink> {
    let printable = text.len() <= LINK_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(text).map_err(|_| ForeignLink)?;
    if printable && cloud.holds(&url) { Ok(()) } else { Err(ForeignLink) }
}

#[cfg(test)]
mod tests;
