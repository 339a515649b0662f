//! The ids that Exchange hands out, built so that they can be read back without a table.
//!
//! A *default* id names an item in one stay of one folder: it dies when the item moves. An *immutable*
//! id names the item for as long as it stays in the mailbox. Both are accepted as input whatever the
//! header says; a folder has one stable id. (reference: Graph, sections 13.1 to 13.3 and 14, "Ids")
//!
//! Lengths and prefixes follow the real ones (`AAMk…` 152 and 120 characters, `AAkALg…` 68), since clients
//! size columns by them. Reading an id checks every byte: a changed letter is a malformed id.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use jiff::ToSpan;
use jiff::civil::Date;

use super::folder::FolderNumber;
use super::message::ItemNumber;

/// Which of the two id forms an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IdForm {
    /// Changes when the item moves.
    #[default]
    Default,
    /// Stays with the item (`Prefer: IdType="ImmutableId"`).
    Immutable,
}

/// What an item id says, before anybody looks whether the item is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemReference {
    /// A default id: the item, in this stay of this folder.
    Placed {
        /// The folder that the id was made in.
        folder: FolderNumber,
        /// The item.
        item: ItemNumber,
        /// The stay in the folder that the id is bound to.
        stay: u32,
    },
    /// An immutable id.
    Anywhere {
        /// The item.
        item: ItemNumber,
    },
}

const ITEM_BYTES: usize = 113;
const FOLDER_BYTES: usize = 89;
const IMMUTABLE_BYTES: usize = 51;
const CONVERSATION_BYTES: usize = 59;
/// Stands between the id of a series and the day of an occurrence.
const OCCURRENCE_MARK: [u8; 4] = [0x51, 0x00, 0x08, 0x08];
const DEFAULT_PREFIX: [u8; 4] = [0, 3, 0x24, 0];
const IMMUTABLE_PREFIX: [u8; 27] = [
    0x00, 0x09, 0x00, 0x2E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1D, 0x84, 0x03, 0x11, 0xAA, 0x66, 0x11, 0xCD, 0x9B, 0xC8, 0x00, 0xAA, 0x00,
    0x2F, 0x84, 0x5A, 0x0D, 0x00,
];

/// What makes one mailbox's ids differ from another's: three keys drawn at its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxKey {
    guid_text: [u8; 36],
    store: [u8; 16],
    replica: [u8; 16],
}

impl MailboxKey {
    /// Makes the key from a number that no other mailbox of the simulator has.
    pub fn new(number: u128) -> Self {
        let store = mix(number, 0x5354_4f52);
        let replica = mix(number, 0x5245_504c);
        Self { guid_text: guid_text(number), store: store.to_be_bytes(), replica: replica.to_be_bytes() }
    }

    /// The id of a folder.
    pub fn folder_id(&self, folder: FolderNumber) -> String {
        URL_SAFE.encode(self.folder_bytes(folder))
    }

    /// The folder that an id names, if it is one of this mailbox's.
    pub fn read_folder_id(&self, id: &str) -> Option<FolderNumber> {
        let bytes = decode(id)?;
        let number = bytes.get(81..87).map(read_counter)?;
        let folder = FolderNumber(u32::try_from(number).ok()?);
        (bytes == self.folder_bytes(folder)).then_some(folder)
    }

    /// The default id of an item in one stay of one folder.
    pub fn default_id(&self, folder: FolderNumber, item: ItemNumber, stay: u32) -> String {
        URL_SAFE.encode(self.default_bytes(folder, item, stay))
    }

    /// The immutable id of an item.
    pub fn immutable_id(&self, item: ItemNumber) -> String {
        URL_SAFE.encode(self.immutable_bytes(item))
    }

    /// Reads an item id of either form; `None` when no id of this mailbox looks like that.
    pub fn read_item_id(&self, id: &str) -> Option<ItemReference> {
        self.read_item_bytes(&decode(id)?)
    }

    /// The id of one occurrence of a series: the series' own id with the day behind it. It stays when the occurrence becomes an
    /// exception, and names nothing any more when the series has no occurrence on that day.
    pub fn occurrence_id(&self, folder: FolderNumber, series: ItemNumber, date: Date, form: IdForm) -> String {
        let mut bytes = match form {
            IdForm::Default => self.default_bytes(folder, series, 0),
            IdForm::Immutable => self.immutable_bytes(series),
        };
        bytes.extend_from_slice(&OCCURRENCE_MARK);
        bytes.extend_from_slice(&day_number(date).to_be_bytes());
        URL_SAFE.encode(bytes)
    }

    /// Reads an item id that may name an occurrence.
    pub fn read_occurrence_id(&self, id: &str) -> Option<(ItemReference, Option<Date>)> {
        let bytes = decode(id)?;
        if let Some(reference) = self.read_item_bytes(&bytes) {
            return Some((reference, None));
        }
        let (series, tail) = bytes.split_at(bytes.len().checked_sub(OCCURRENCE_MARK.len() + 8)?);
        let day = tail.strip_prefix(&OCCURRENCE_MARK)?;
        let day = i32::try_from(i64::from_be_bytes(day.try_into().ok()?)).ok()?;
        let date = Date::constant(1970, 1, 1).checked_add(day.days()).ok()?;
        Some((self.read_item_bytes(series)?, Some(date)))
    }

    /// The id of an attachment: the item's own id with the attachment's key behind it.
    pub fn attachment_id(&self, item_id: &str, item: ItemNumber, number: usize) -> String {
        let mut bytes = decode(item_id).unwrap_or_default();
        bytes.extend_from_slice(&[1, 0x12, 0, 0x10, 0]);
        bytes.extend_from_slice(&self.attachment_key(item, number));
        URL_SAFE.encode(bytes)
    }

    /// The place of the attachment in its message that an id names, given the numbers of those that the message has.
    pub fn read_attachment_id(&self, id: &str, item: ItemNumber, mut numbers: impl Iterator<Item = usize>) -> Option<usize> {
        let bytes = decode(id)?;
        let owner = bytes.len().checked_sub(21)?;
        let named = match self.read_item_bytes(&bytes[..owner])? {
            ItemReference::Placed { item, .. } | ItemReference::Anywhere { item } => item,
        };
        if named != item || bytes[owner..owner + 5] != [1, 0x12, 0, 0x10, 0] {
            return None;
        }
        numbers.position(|number| self.attachment_key(item, number) == bytes[owner + 5..])
    }

    /// The change key of the mailbox's nth change; the etag is the same within `W/"…"`.
    pub fn change_key(&self, change: u64) -> String {
        let mut bytes = vec![9, 0, 0, 0, 0x16, 0, 0, 0];
        bytes.extend_from_slice(&self.replica);
        bytes.extend_from_slice(&counter(change));
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    /// The id of a conversation of this mailbox; the same thread has another one in a colleague's.
    pub fn conversation_id(&self, conversation: u32) -> String {
        let mut bytes = Vec::with_capacity(CONVERSATION_BYTES);
        bytes.extend_from_slice(&[0, 4, 0x24, 0]);
        bytes.extend_from_slice(&self.guid_text);
        bytes.extend_from_slice(&[0, 0x10, 0]);
        bytes.extend_from_slice(&self.conversation_key(conversation));
        URL_SAFE.encode(bytes)
    }

    /// The 16 bytes that name a conversation inside its id and its conversation index.
    pub fn conversation_key(&self, conversation: u32) -> [u8; 16] {
        mix(u128::from_be_bytes(self.store), u64::from(conversation) | 0xC0_0000_0000).to_be_bytes()
    }

    /// The mailbox's GUID as text: a part of every id.
    pub fn guid(&self) -> &str {
        std::str::from_utf8(&self.guid_text).expect("a GUID is ASCII")
    }

    fn read_item_bytes(&self, bytes: &[u8]) -> Option<ItemReference> {
        match bytes.len() {
            ITEM_BYTES => {
                let folder = FolderNumber(u32::try_from(read_counter(&bytes[81..87])).ok()?);
                let item = ItemNumber(u32::try_from(read_counter(&bytes[105..111])).ok()?);
                let stay = u32::from_be_bytes(bytes[89..93].try_into().ok()?) ^ self.veil(item);
                let same = bytes == self.default_bytes(folder, item, stay);
                same.then_some(ItemReference::Placed { folder, item, stay })
            }
            IMMUTABLE_BYTES => {
                let item = ItemNumber(u32::try_from(read_counter(&bytes[43..49])).ok()?);
                (bytes == self.immutable_bytes(item)).then_some(ItemReference::Anywhere { item })
            }
            _ => None,
        }
    }

    fn folder_bytes(&self, folder: FolderNumber) -> Vec<u8> {
        let mut bytes = self.opening(0x2E, FOLDER_BYTES);
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&self.replica);
        bytes.extend_from_slice(&counter(u64::from(folder.0)));
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    fn default_bytes(&self, folder: FolderNumber, item: ItemNumber, stay: u32) -> Vec<u8> {
        let mut bytes = self.opening(0x46, ITEM_BYTES);
        bytes.extend_from_slice(&[7, 0]);
        bytes.extend_from_slice(&self.replica);
        bytes.extend_from_slice(&counter(u64::from(folder.0)));
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(stay ^ self.veil(item)).to_be_bytes());
        bytes.extend_from_slice(&self.replica[4..]);
        bytes.extend_from_slice(&counter(u64::from(item.0)));
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    fn immutable_bytes(&self, item: ItemNumber) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(IMMUTABLE_BYTES);
        bytes.extend_from_slice(&IMMUTABLE_PREFIX);
        bytes.extend_from_slice(&self.store);
        bytes.extend_from_slice(&counter(u64::from(item.0)));
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    fn opening(&self, kind: u8, capacity: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(&DEFAULT_PREFIX);
        bytes.extend_from_slice(&self.guid_text);
        bytes.extend_from_slice(&[0, kind, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.store);
        bytes
    }

    /// Hides the stay's number, which would otherwise tell how often the item has moved.
    fn veil(&self, item: ItemNumber) -> u32 {
        (mix(u128::from_be_bytes(self.replica), u64::from(item.0)) >> 96) as u32
    }

    fn attachment_key(&self, item: ItemNumber, index: usize) -> [u8; 16] {
        let place = (u64::from(item.0) << 20) ^ index as u64;
        mix(u128::from_be_bytes(self.store), place | 0xA000_0000_0000_0000).to_be_bytes()
    }
}

/// Spreads a number over 128 bits (two rounds of splitmix64); no secret, only unlike its neighbours.
pub fn mix(number: u128, salt: u64) -> u128 {
    let high = splitmix(((number >> 64) as u64) ^ salt);
    let low = splitmix((number as u64) ^ high);
    (u128::from(splitmix(high ^ low)) << 64) | u128::from(low)
}

fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn guid_text(number: u128) -> [u8; 36] {
    let hex = format!("{number:032x}");
    let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    text.into_bytes().try_into().expect("a GUID has 36 characters")
}

/// Days since 1970-01-01.
fn day_number(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

fn counter(value: u64) -> [u8; 6] {
    let bytes = value.to_be_bytes();
    [bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]
}

fn read_counter(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn decode(id: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MailboxKey {
        MailboxKey::new(0x0123_4567_89ab_cdef_0011_2233_4455_6677)
    }

    #[test]
    fn ids_have_the_lengths_and_openings_of_the_real_ones() {
        let item = key().default_id(FolderNumber(3), ItemNumber(9), 1);
        assert_eq!((item.len(), &item[..4]), (152, "AAMk"));
        let folder = key().folder_id(FolderNumber(3));
        assert_eq!((folder.len(), &folder[..4]), (120, "AAMk"));
        let immutable = key().immutable_id(ItemNumber(9));
        assert_eq!((immutable.len(), &immutable[..6]), (68, "AAkALg"));
        assert_eq!(key().conversation_id(4).len(), 80);
    }

    #[test]
    fn every_id_reads_back_and_no_changed_letter_does() {
        let id = key().default_id(FolderNumber(3), ItemNumber(70_000), 12);
        let said = key().read_item_id(&id);
        let (folder, item) = (FolderNumber(3), ItemNumber(70_000));
        assert_eq!(said, Some(ItemReference::Placed { folder, item, stay: 12 }));
        for place in [0, 10, 60, 151] {
            let mut letters = id.clone().into_bytes();
            letters[place] = if letters[place] == b'B' { b'C' } else { b'B' };
            let changed = String::from_utf8(letters).unwrap();
            assert_ne!(key().read_item_id(&changed), said, "letter {place}");
        }
    }

    #[test]
    fn the_id_of_an_occurrence_names_series_and_day() {
        let (series, date) = (ItemNumber(0x8000_0007), Date::constant(2026, 8, 17));
        for form in [IdForm::Default, IdForm::Immutable] {
            let id = key().occurrence_id(FolderNumber(0x8000_0001), series, date, form);
            let (reference, day) = key().read_occurrence_id(&id).unwrap();
            assert!(matches!(reference, ItemReference::Anywhere { item } | ItemReference::Placed { item, .. } if item == series));
            assert_eq!((day, key().read_item_id(&id)), (Some(date), None));
        }
        let whole = key().immutable_id(series);
        assert_eq!(key().read_occurrence_id(&whole), Some((ItemReference::Anywhere { item: series }, None)));
    }

    #[test]
    fn another_mailbox_does_not_know_the_id() {
        let id = key().immutable_id(ItemNumber(5));
        assert_eq!(key().read_item_id(&id), Some(ItemReference::Anywhere { item: ItemNumber(5) }));
        assert_eq!(MailboxKey::new(1).read_item_id(&id), None);
    }

    #[test]
    fn an_attachment_is_found_by_its_id_in_either_form() {
        let item = ItemNumber(8);
        for owner in [key().immutable_id(item), key().default_id(FolderNumber(1), item, 0)] {
            let id = key().attachment_id(&owner, item, 2);
            assert_eq!(key().read_attachment_id(&id, item, 0..3), Some(2));
            assert_eq!(key().read_attachment_id(&id, ItemNumber(9), 0..3), None);
        }
    }
}
