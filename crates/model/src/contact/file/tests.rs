//! Files with contacts: what phones and programs write, and what comes of it.

use base::Timestamp;

use super::{Entry, File, FileError, Kind, Problem, Version, Wrong, read, write};
use crate::contact::{Card, Hands, Name, Origin, merge};
use crate::id::{ContactBookId, SourceContactId};
use crate::phone::{Phone, Region, one};

fn file(text: &str) -> File {
    read(text.as_bytes(), Region::named("ID")).unwrap()
}

fn numbers(entry: &Entry) -> Vec<&str> {
    entry.card.phones.iter().filter_map(Phone::number).map(|number| number.e164.as_str()).collect()
}

fn display(entry: &Entry) -> &str {
    entry.card.name.display.as_deref().unwrap_or_default()
}

const ANDROID: &str = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=45=6B;=42=C3=B6;;;\r\n\
    FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=42=C3=B6=20=\r\n=45=6B\r\nTEL;CELL:0812-3456-7890\r\nTEL;WORK;VOICE:(021) 5551234\r\n\
    EMAIL;HOME:bo@acme.example\r\nORG:Acme;Sales\r\nTITLE:Buyer\r\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n SkZJRg==\r\n\r\nEND:VCARD\r\n";

const APPLE: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iOS 18//EN\r\nN:Ek;Bo;;;\r\nFN:Bo Ek\r\nORG:Acme\\, Inc.;\r\n\
    item1.TEL;type=pref:+62 812 3456 7890\r\nitem1.X-ABLabel:_$!<Mobile>!$_\r\nEMAIL;type=INTERNET;type=HOME:bo@\r\n acme.example\r\n\
    REV:2026-03-01T10:00:00Z\r\nUID:abc-1\r\nEND:VCARD\r\n";

const FOURTH: &str =
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Berg\r\nTEL;VALUE=uri;TYPE=\"voice,work\":tel:+62-21-555-1234;ext=12\r\nEND:VCARD\r\n";

#[test]
fn cards_of_all_versions_are_read() {
    let all = file(&format!("{ANDROID}{APPLE}{FOURTH}"));
    assert_eq!((all.kind, all.problems.len()), (Kind::VCard, 0));
    let [android, apple, fourth] = &all.entries[..] else { panic!("{all:?}") };
    assert_eq!(
        (display(android), android.card.name.given.as_deref(), android.card.name.family.as_deref()),
        ("Bö Ek", Some("Bö"), Some("Ek"))
    );
    assert_eq!(numbers(android), ["+6281234567890", "+62215551234"]);
    assert_eq!((android.card.organisation.as_deref(), android.card.title.as_deref()), (Some("Acme"), Some("Buyer")));
    assert_eq!(android.card.addresses, ["bo@acme.example"]);
    assert_eq!(android.card.photo.as_ref().map(String::len), Some(64), "a hash stands for the picture");
    assert_eq!((display(apple), apple.uid.as_deref(), apple.card.organisation.as_deref()), ("Bo Ek", Some("abc-1"), Some("Acme, Inc.")));
    assert_eq!(apple.card.addresses, ["bo@acme.example"], "a folded line is one");
    assert_eq!(apple.updated_at, Timestamp::parse("2026-03-01T10:00:00Z"));
    assert_eq!((display(fourth), fourth.place), ("Anna Berg", 3));
    assert_eq!(fourth.card.phones[0].number().unwrap().extension.as_deref(), Some("12"));
}

#[test]
fn a_card_that_cannot_be_read_is_named_and_the_others_are_read() {
    let empty = "BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:nothing\r\nEND:VCARD\r\n";
    let cut = "BEGIN:VCARD\r\nFN:Cut\r\n";
    let broken = file(&format!("{APPLE}{empty}stray text\r\nand more\r\n{FOURTH}{cut}{ANDROID}{cut}"));
    assert_eq!(broken.entries.iter().map(|entry| entry.place).collect::<Vec<_>>(), [1, 3, 5], "none takes the next with it");
    let wrong: Vec<_> = broken.problems.iter().map(|problem| (problem.place, problem.what.clone())).collect();
    let expected = [(2, Wrong::Empty), (3, Wrong::NoCard("stray text".to_owned())), (4, Wrong::Unfinished), (6, Wrong::Unfinished)];
    assert_eq!(wrong, expected);
    assert_eq!(broken.problems[2].to_string(), "Card 4 has no END:VCARD. Export it once more: the file seems to be cut off.");
}

#[test]
fn googles_table_of_today_is_read() {
    let google = file(
        "\u{FEFF}First Name,Middle Name,Last Name,Name Prefix,Organization Name,Organization Title,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - \
         Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\r\n\
         Bo,,Ek,Dr.,\"Acme, Inc.\",Buyer,* myContacts ::: Rotary,* Home,bo@acme.example ::: bo@home.example,,,Mobile,0812 3456 7890 ::: \
         0813 1111 2222,Work,021 5551234\r\n,,,,,,,,,,,,,,\r\n\"Anna\r\nLena\",,Berg,,,,,,anna@acme.example,,,,14045,,\r\n",
    );
    assert_eq!(google.kind, Kind::Google);
    assert_eq!(google.entries.len(), 2);
    let bo = &google.entries[0];
    assert_eq!((display(bo), bo.place), ("Bo Ek", 2));
    assert_eq!(numbers(bo), ["+6281234567890", "+6281311112222", "+62215551234"]);
    assert_eq!(bo.card.addresses, ["bo@acme.example", "bo@home.example"]);
    assert_eq!((bo.card.organisation.as_deref(), bo.card.title.as_deref()), (Some("Acme, Inc."), Some("Buyer")));
    assert_eq!(google.problems, [Problem { place: 3, what: Wrong::Empty }]);
    assert!(google.entries[1].card.phones[0].number().is_none(), "a short code is kept and not used");
    assert_eq!(google.entries[1].place, 4);
}

#[test]
fn googles_table_of_before_is_read() {
    let google = file(
        "Name,Given Name,Additional Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - \
         Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title\n\
         Bo Ek,Bo,,Ek,* myContacts,* Work,bo@acme.example,Mobile,+62 812-3456-7890,,Acme,Buyer\n",
    );
    assert_eq!(google.kind, Kind::OldGoogle);
    let bo = &google.entries[0];
    assert_eq!(
        (display(bo), numbers(bo)[0], bo.card.organisation.as_deref(), bo.card.title.as_deref()),
        ("Bo Ek", "+6281234567890", Some("Acme"), Some("Buyer"))
    );
}

#[test]
fn outlooks_table_is_read_without_what_is_not_the_persons() {
    let outlook = file(
        "\"Title\",\"First Name\",\"Middle Name\",\"Last Name\",\"Company\",\"Job Title\",\"Business Fax\",\"Business Phone\",\"Company Main \
         Phone\",\"Mobile Phone\",\"Assistant's Phone\",\"E-mail Address\",\"E-mail Display Name\",\"E-mail 2 Address\"\r\n\
         \"Dr.\",\"Bo\",\"\",\"Ek\",\"Acme\",\"Buyer\",\"021 5550000\",\"021 5551234\",\"021 5559999\",\"0812 3456 7890\",\"0813 9999 9999\",\"bo@acme.example\",\"Bo Ek \
         (bo@acme.example)\",\"bo@home.example\"\r\n\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"x@acme.example\",\"X\",\"\"\r\n",
    );
    assert_eq!(outlook.kind, Kind::Outlook);
    let bo = &outlook.entries[0];
    assert_eq!((display(bo), bo.card.title.as_deref()), ("Bo Ek", Some("Buyer")));
    assert_eq!(numbers(bo), ["+62215551234", "+6281234567890"]);
    assert_eq!(bo.card.addresses, ["bo@acme.example", "bo@home.example"]);
    assert_eq!(display(&outlook.entries[1]), "X");
}

#[test]
fn a_table_that_people_made_is_read_whatever_stands_between_its_cells_and_whatever_wrote_it() {
    for text in [
        "Name;Phone;Email;Title\nBö Ek;0812 3456 7890;bo@acme.example;Buyer\n",
        "name\tphone\temail\ttitle\r\nBö Ek\t081234567890\tbo@acme.example\tBuyer\r\n",
    ] {
        let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
        let wide: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes(), &latin, &wide] {
            let read = read(bytes, Region::named("ID")).unwrap();
            let bo = &read.entries[0];
            assert_eq!(
                (read.kind, display(bo), numbers(bo)[0], bo.card.title.as_deref()),
                (Kind::Table, "Bö Ek", "+6281234567890", Some("Buyer"))
            );
        }
    }
}

#[test]
fn a_row_that_cannot_be_read_says_what_to_do() {
    let broken = file("Name,Phone\nBo Ek,0812 3456 7890\nEk, Bo, 0812 3456 7890\nAnna,0813 1111 2222,\n");
    assert_eq!(broken.entries.len(), 2);
    assert_eq!(broken.problems, [Problem { place: 3, what: Wrong::TooManyCells }]);
    assert!(broken.problems[0].to_string().starts_with("Row 3 has more cells than there are headings. Put quotation marks around"));
}

#[test]
fn a_file_in_which_nothing_can_be_read_is_refused_with_what_to_do() {
    for (bytes, expected) in [
        (&b""[..], FileError::Empty),
        (b" \n\n", FileError::Empty),
        (b"Name,Phone\n", FileError::Empty),
        (b"Colour,Size\nred,12\n", FileError::Headings),
        (b"PK\x03\x04\0\0\0\0", FileError::NotText),
    ] {
        assert_eq!(read(bytes, None), Err(expected), "{bytes:?}");
    }
    assert_eq!(read(&vec![b'a'; super::FILE_BYTES_MAX + 1], None), Err(FileError::TooLarge));
    assert!(FileError::Headings.to_string().contains("Google CSV"));
}

#[test]
fn what_is_written_is_read_again_as_the_same() {
    let region = Region::named("ID");
    let entry = Entry {
        place: 1,
        uid: Some("sct_1".to_owned()),
        card: Card {
            name: Name {
                display: Some("Bö, Ek; \\ \"Co\"".to_owned()), given: Some("Bö".to_owned()), family: Some("Ek, Berg".to_owned())
            },
            addresses: vec!["bo@acme.example".to_owned()],
            phones: ["0812 3456 7890", "021 5551234 ext. 12", "14045"].iter().map(|written| one(written, region)).collect(),
            organisation: Some(
                "Acme; Sons, a company with a name so long that its line in the card has to be folded at least once".to_owned(),
            ),
            title: Some("Buyer\nand seller".to_owned()),
            photo: None,
        },
        updated_at: None,
    };
    for version in [Version::V3, Version::V4] {
        let text = write([&entry], version);
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        let again = file(&text).entries.remove(0);
        let numbers = |entry: &Entry| {
            let shown = entry.card.phones.iter().map(|phone| phone.number().map(|number| (number.e164.clone(), number.extension.clone())));
            shown.collect::<Vec<_>>()
        };
        assert_eq!(numbers(&again), numbers(&entry), "{text}");
        let without_numbers = |entry: &Entry| Entry { card: Card { phones: Vec::new(), ..entry.card.clone() }, ..entry.clone() };
        assert_eq!(without_numbers(&again), without_numbers(&entry), "{text}");
    }
}

#[test]
fn a_contact_is_written_with_all_that_its_sources_have() {
    let at = Timestamp::from_millis(5);
    let made = |number, origin| {
        file(APPLE).entries.remove(0).into_source(SourceContactId::from_number(number), origin, ContactBookId::from_number(1), at)
    };
    let (mut outlook, google) = (made(1, Origin::Outlook), made(2, Origin::Google));
    assert_eq!(outlook.updated_at, Timestamp::parse("2026-03-01T10:00:00Z").unwrap());
    outlook.card.addresses = vec!["bo@home.example".to_owned()];
    let merged = merge(&[outlook, google], &Hands::default());
    let text = write(&[Entry::from(&merged.contacts[0])], Version::V4);
    let again = file(&text).entries.remove(0);
    assert_eq!(again.card.addresses, ["bo@home.example", "bo@acme.example"]);
    assert_eq!((display(&again), numbers(&again)), ("Bo Ek", vec!["+6281234567890"]));
    assert_eq!(again.uid, Some(merged.contacts[0].id.to_string()));
}
