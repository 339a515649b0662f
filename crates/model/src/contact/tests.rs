//! Contacts: what is promised, case by case and over random sets.

use std::collections::BTreeSet;

use base::Timestamp;

use super::{
    Because, Card, Choice, CompatibleSource, Counts, Hands, Key, Merged, Name, Origin, Reason, Seen, Shared, SourceContact, count, keys,
    merge, propose,
};
use crate::id::{ContactBookId, SourceContactId};
use crate::phone::{self, Region};

fn id(number: i64) -> SourceContactId {
    SourceContactId::from_number(number)
}

fn source(number: i64, origin: Origin, name: &str, phones: &[&str], addresses: &[&str]) -> SourceContact {
    let region = Region::named("ID");
    SourceContact {
        id: id(number),
        origin,
        book: book(origin),
        card: Card {
            name: Name { display: Some(name.to_owned()).filter(|name| !name.is_empty()), ..Name::default() },
            addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
            phones: phones.iter().map(|written| phone::one(written, region)).collect(),
            organisation: None,
            title: None,
            photo: None,
        },
        updated_at: Timestamp::from_millis(number * 1000),
    }
}

/// Each origin's one book.
fn book(origin: Origin) -> ContactBookId {
    ContactBookId::from_number(origin as i64)
}

fn outlook(number: i64, name: &str, phones: &[&str], addresses: &[&str]) -> SourceContact {
    source(number, Origin::Outlook, name, phones, addresses)
}

fn google(number: i64, name: &str, phones: &[&str], addresses: &[&str]) -> SourceContact {
    source(number, Origin::Google, name, phones, addresses)
}

fn whatsapp(number: i64, name: &str, phones: &[&str]) -> SourceContact {
    source(number, Origin::WhatsApp, name, phones, &[])
}

fn groups(merged: &Merged) -> Vec<Vec<i64>> {
    merged.contacts.iter().map(|contact| contact.sources.iter().map(|id| id.number()).collect()).collect()
}

fn grouped(sources: &[SourceContact]) -> Vec<Vec<i64>> {
    groups(&merge(sources, &Hands::default()))
}

fn phone_key(e164: &str) -> Key {
    Key::Phone { e164: e164.to_owned(), extension: None }
}

const MOBILE: &str = "0812 3456 7890";

#[test]
fn there_is_one_contact_for_each_number_however_it_is_written() {
    let sources =
        [outlook(1, "Bo Ek", &[MOBILE], &[]), google(2, "Bo", &["+62 812-3456-7890"], &[]), whatsapp(3, "bobo", &["6281234567890@c.us"])];
    let merged = merge(&sources, &Hands::default());
    assert_eq!(groups(&merged), [[1, 2, 3]]);
    let contact = &merged.contacts[0];
    assert_eq!(contact.phones.len(), 1);
    assert_eq!(contact.phones[0].sources, [id(1), id(2), id(3)]);
    assert_eq!(contact.evidence.len(), 1);
    assert_eq!(contact.evidence[0].because, Because::Same(phone_key("+6281234567890")));
    assert_eq!(contact.evidence[0].sources, [id(1), id(2), id(3)]);
}

#[test]
fn an_address_joins_what_has_no_number_in_common() {
    let sources = [outlook(1, "Bo Ek", &[], &["Bo.Ek@acme.example"]), google(2, "Bo Ek", &[MOBILE], &["bo.ek+x@acme.example"])];
    let merged = merge(&sources, &Hands::default());
    assert_eq!(groups(&merged), [[1, 2]]);
    assert_eq!(merged.contacts[0].addresses[0].value, "Bo.Ek@acme.example", "as the preferred source writes it");
    assert_eq!(merged.contacts[0].addresses.len(), 1);
}

#[test]
fn a_name_alone_joins_nobody() {
    assert_eq!(grouped(&[outlook(1, "Bo Ek", &[], &[]), google(2, "Bo Ek", &[], &[])]), [[1], [2]]);
}

#[test]
fn an_extension_makes_another_number() {
    let sources = [outlook(1, "Bo", &["021 5551234 ext. 1"], &[]), google(2, "Bo", &["021 5551234"], &[])];
    assert_eq!(grouped(&sources), [[1], [2]]);
}

#[test]
fn what_several_people_share_joins_nobody_and_is_listed_with_the_reason() {
    let line = "021 5551234";
    for (sources, why) in [
        (vec![outlook(1, "Bo Ek", &["0800 1234567"], &[]), google(2, "Bo Ek", &["0800 1234567"], &[])], Shared::Service),
        (vec![outlook(1, "Bo Ek", &[], &["info@acme.example"]), google(2, "Bo Ek", &[], &["info@acme.example"])], Shared::Role),
        (vec![outlook(1, "Bo Ek", &[line], &[]), outlook(2, "Anna Berg", &[line], &[])], Shared::Switchboard),
        (
            vec![outlook(1, "Bo Ek", &[MOBILE], &[]), google(2, "Anna Berg", &[MOBILE], &[]), whatsapp(3, "Cy", &[MOBILE])],
            Shared::ManyNames,
        ),
    ] {
        let merged = merge(&sources, &Hands::default());
        assert_eq!(merged.contacts.len(), sources.len(), "{why:?}");
        assert_eq!(merged.shared.len(), 1, "{why:?}");
        assert_eq!(merged.shared[0].why, why);
        assert_eq!(merged.shared[0].holders.len(), sources.len());
    }
    let across = [outlook(1, "Bo Ek", &[line], &[]), google(2, "Anna Berg", &[line], &[])];
    assert_eq!(grouped(&across), [[1, 2]], "two books may have two names for one");
}

#[test]
fn a_person_says_what_is_shared_and_what_is_not() {
    let sources = [outlook(1, "Bo Ek", &[MOBILE, "0800 1234567"], &[]), google(2, "Bo Ek", &[MOBILE, "0800 1234567"], &[])];
    let mut hands = Hands::default();
    hands.mark_shared(phone_key("+6281234567890"));
    let merged = merge(&sources, &hands);
    assert_eq!(groups(&merged), [[1], [2]]);
    assert_eq!(merged.shared.iter().map(|shared| shared.why).collect::<Vec<_>>(), [Shared::Service, Shared::ByHand]);
    hands.mark_personal(phone_key("+628001234567"));
    assert_eq!(groups(&merge(&sources, &hands)), [[1, 2]]);
    hands.unmark(&phone_key("+6281234567890"));
    hands.unmark(&phone_key("+628001234567"));
    assert_eq!(merge(&sources, &hands), merge(&sources, &Hands::default()));
}

#[test]
fn the_compatible_source_is_derived_from_where_a_contact_comes_from() {
    use Origin::{Api, Google, Outlook, WhatsApp};
    for (origins, name) in [
        (&[Outlook][..], "outlook"),
        (&[Google], "google"),
        (&[WhatsApp], "whatsapp"),
        (&[WhatsApp, Outlook], "both"),
        (&[WhatsApp, Google], "both"),
        (&[WhatsApp, Api], "both"),
        (&[Google, Outlook], "google"),
        (&[Outlook, Api], "outlook"),
        (&[Outlook, Google, WhatsApp], "both"),
        (&[Api], "whatsapp"),
    ] {
        assert_eq!(CompatibleSource::of(origins.iter().copied()).name(), name, "{origins:?}");
    }
}

#[test]
fn outlooks_name_wins_unless_a_person_set_one() {
    let sources = [google(1, "Bobby", &[MOBILE], &[]), outlook(2, "Bo Ek", &[MOBILE], &[]), whatsapp(3, "bo!", &[MOBILE])];
    let mut hands = Hands::default();
    let chosen = |hands: &Hands| merge(&sources, hands).contacts[0].display_name.clone().unwrap();
    let name = chosen(&hands);
    assert_eq!((name.value.as_str(), name.from), ("Bo Ek", id(2)));
    assert_eq!(name.why.to_string(), "It comes from Outlook, which goes before Google.");
    hands.name(id(3), "Bo of Acme");
    let name = chosen(&hands);
    assert_eq!((name.value.as_str(), name.why), ("Bo of Acme", Choice::ByHand));
    hands.unname(id(3));
    assert_eq!(chosen(&hands).value, "Bo Ek");
}

#[test]
fn of_one_origin_the_newest_value_is_shown_and_a_number_is_no_name() {
    let sources = [outlook(1, "Old Name", &[MOBILE], &[]), outlook(2, "Name", &[MOBILE], &[])];
    let name = merge(&sources, &Hands::default()).contacts[0].display_name.clone().unwrap();
    assert_eq!((name.value.as_str(), name.why), ("Name", Choice::Newest(Origin::Outlook)));
    let sources = [outlook(1, "+62 812 3456 7890", &[MOBILE], &[]), whatsapp(2, "Bo", &[MOBILE])];
    assert_eq!(merge(&sources, &Hands::default()).contacts[0].display_name.clone().unwrap().value, "Bo");
    let mut same = [outlook(1, "Bo", &[MOBILE], &[]), google(2, "Bo", &[MOBILE], &[])];
    same[1].card.organisation = Some("Acme".to_owned());
    let contact = merge(&same, &Hands::default()).contacts.remove(0);
    assert_eq!(contact.display_name.unwrap().why, Choice::Only(Origin::Outlook));
    assert_eq!(contact.organisation.unwrap().from, id(2), "what the preferred source does not say comes from another");
}

#[test]
fn what_a_person_parted_no_evidence_joins_again() {
    let sources = [outlook(1, "Bo Ek", &[MOBILE], &[]), google(2, "Bo Ek", &[MOBILE], &["bo.ek@acme.example"])];
    let mut hands = Hands::default();
    hands.part(&[id(1)], &[id(2)]);
    assert_eq!(groups(&merge(&sources, &hands)), [[1], [2]]);
    let mut more = sources.to_vec();
    more[0].card.addresses.push("bo.ek@acme.example".to_owned());
    more.push(source(3, Origin::Api, "Bo Ek", &[], &["bo.ek@acme.example"]));
    assert_eq!(groups(&merge(&more, &hands)), [[1], [2], [3]], "nobody can know whose the third is");
    hands.take_back(id(1), id(2));
    assert_eq!(groups(&merge(&more, &hands)), [[1, 2, 3]]);
}

#[test]
fn what_came_later_joins_the_side_that_is_left() {
    let sources = [
        outlook(1, "Bo", &[MOBILE], &[]),
        google(2, "Bo", &[MOBILE], &[]),
        whatsapp(3, "Bo", &[MOBILE]),
        source(4, Origin::Api, "Bo", &[MOBILE], &[]),
    ];
    let mut hands = Hands::default();
    hands.part(&[id(1), id(2)], &[id(3)]);
    assert_eq!(groups(&merge(&sources[..3], &hands)), [vec![1, 2], vec![3]]);
    assert_eq!(groups(&merge(&sources, &hands)), [vec![1, 2], vec![3], vec![4]]);
    hands.join(id(4), id(3));
    assert_eq!(groups(&merge(&sources, &hands)), [vec![1, 2], vec![3, 4]]);
}

#[test]
fn a_person_joins_what_has_nothing_in_common_and_the_last_word_counts() {
    let sources = [outlook(1, "Bo Ek", &[], &[]), google(2, "B. E.", &[], &[])];
    let mut hands = Hands::default();
    hands.part(&[id(1)], &[id(2)]);
    hands.join(id(2), id(1));
    let merged = merge(&sources, &hands);
    assert_eq!(groups(&merged), [[1, 2]]);
    assert_eq!(merged.contacts[0].evidence[0].because, Because::ByHand);
    hands.part(&[id(1)], &[id(2)]);
    assert_eq!(groups(&merge(&sources, &hands)), [[1], [2]]);
}

#[test]
fn a_join_by_hand_that_would_undo_a_parting_is_refused_and_said() {
    let sources = [outlook(1, "Bo", &[], &[]), google(2, "Bo", &[], &[]), whatsapp(3, "Bo", &[])];
    let mut hands = Hands::default();
    hands.part(&[id(1)], &[id(3)]);
    hands.join(id(1), id(2));
    hands.join(id(2), id(3));
    let merged = merge(&sources, &hands);
    assert_eq!(groups(&merged), [vec![1, 2], vec![3]]);
    assert_eq!(merged.refused, [(id(2), id(3))]);
}

#[test]
fn likely_duplicates_are_proposed_with_reasons_and_never_joined() {
    let mut sources = vec![
        outlook(1, "Bo Ek", &[], &["bo.ek.lund@acme.example"]),
        google(2, "Ek, Bo", &[], &["bo.ek.lund@home.example"]),
        google(3, "Bo", &[], &[]),
        outlook(4, "Anna Berg", &["021 5551234"], &[]),
        outlook(5, "Cy Dahl", &["021 5551234"], &[]),
        google(6, "A. Berg", &["021 5551234"], &[]),
    ];
    sources[3].card.organisation = Some("Acme".to_owned());
    sources[5].card.organisation = Some("ACME Inc".to_owned());
    let merged = merge(&sources, &Hands::default());
    assert_eq!(merged.contacts.len(), 6);
    let proposals = propose(&merged, &Hands::default());
    let pairs: Vec<_> =
        proposals.iter().map(|proposal| (proposal.contacts.0.number(), proposal.contacts.1.number(), proposal.score)).collect();
    assert_eq!(pairs, [(1, 2, 75), (4, 6, 65)]);
    assert_eq!(proposals[0].reasons, [Reason::SameName, Reason::SameLocalPart("bo.ek.lund".to_owned())]);
    assert_eq!(proposals[1].reasons, [Reason::FittingNames, Reason::SameKey(phone_key("+62215551234")), Reason::SameOrganisation]);
    let mut hands = Hands::default();
    hands.part(&[id(1)], &[id(2)]);
    assert_eq!(propose(&merge(&sources, &hands), &hands).len(), 1, "what a person parted is not proposed again");
}

#[test]
fn counts_say_what_came_of_each() {
    let sources = [
        outlook(1, "Bo", &[MOBILE], &[]),
        google(2, "Bo", &[MOBILE], &["bo.ek@acme.example"]),
        google(3, "Anna", &["0813 1111 2222"], &[]),
        google(4, "Cy", &["14045", "none"], &["bo.ek@acme.example"]),
        google(5, "Di", &["0813 3333 4444"], &[]),
        google(6, "Ed", &["0813 5555 6666"], &[]),
        google(7, "Ed", &["0813 5555 6666"], &[]),
        google(8, "Fi", &["0813 7777 8888"], &[]),
    ];
    let merged = merge(&sources, &Hands::default());
    let seen = [
        (2, Seen::New),
        (3, Seen::New),
        (4, Seen::New),
        (5, Seen::Changed),
        (6, Seen::New),
        (7, Seen::New),
        (8, Seen::Same),
        (99, Seen::New),
    ];
    let counts = count(&seen.map(|(number, seen)| (id(number), seen)), &sources, &merged);
    assert_eq!(
        counts,
        Counts {
            skipped: vec![(id(4), vec![phone::Reason::TooShort, phone::Reason::NoDigits])],
            merged: vec![id(2), id(7)],
            new: vec![id(3), id(6)],
            updated: vec![id(5)],
            unchanged: vec![id(8)],
        }
    );
    assert_eq!(merged.of(id(4)).unwrap().id, id(1), "it is joined by address all the same");
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

const NAMES: &[&str] = &["Bo Ek", "Bo", "Anna Berg", "", "Cy Dahl", "B. Ek"];
const PHONES: &[&str] =
    &["0812 3456 7890", "+62 812-3456-7890", "0813 1111 2222", "0813 3333 4444", "021 5551234", "0800 1234567", "14045", "0813 5555 6666"];
const ADDRESSES: &[&str] =
    &["bo@acme.example", "Bo@Acme.Example", "anna@acme.example", "info@acme.example", "cy@home.example", "di@home.example"];

fn random_sources(dice: &mut Dice, most: usize) -> Vec<SourceContact> {
    let count = i64::try_from(dice.below(most) + 2).unwrap();
    let made = (1..=count).map(|number| {
        let some =
            |dice: &mut Dice, of: &[&'static str]| -> Vec<&'static str> { (0..dice.below(3)).map(|_| of[dice.below(of.len())]).collect() };
        let (phones, addresses) = (some(dice, PHONES), some(dice, ADDRESSES));
        let mut made = source(number, Origin::ALL[dice.below(4)], NAMES[dice.below(NAMES.len())], &phones, &addresses);
        made.card.title = (dice.below(3) == 0).then(|| format!("title {number}"));
        made
    });
    made.collect()
}

fn random_hands(dice: &mut Dice, sources: usize) -> Hands {
    let mut hands = Hands::default();
    let any = |dice: &mut Dice| id(i64::try_from(dice.below(sources) + 1).unwrap());
    for _ in 0..dice.below(5) {
        let (one, other) = (any(dice), any(dice));
        if dice.below(3) == 0 { hands.join(one, other) } else { hands.part(&[one], &[other]) }
    }
    hands
}

fn shuffled(dice: &mut Dice, sources: &[SourceContact]) -> Vec<SourceContact> {
    let mut shuffled = sources.to_vec();
    for place in (1..shuffled.len()).rev() {
        shuffled.swap(place, dice.below(place + 1));
    }
    shuffled
}

#[test]
fn the_order_in_which_things_come_changes_nothing() {
    let mut dice = Dice(1);
    for _ in 0..500 {
        let sources = random_sources(&mut dice, 14);
        let hands = random_hands(&mut dice, sources.len());
        let merged = merge(&sources, &hands);
        assert_eq!(merge(&shuffled(&mut dice, &sources), &hands), merged);
        let everyone: BTreeSet<_> = merged.contacts.iter().flat_map(|contact| contact.sources.clone()).collect();
        assert_eq!(everyone.len(), sources.len());
        assert_eq!(merged.contacts.iter().map(|contact| contact.sources.len()).sum::<usize>(), sources.len());
    }
}

#[test]
fn undoing_all_joins_gives_back_what_came() {
    let mut dice = Dice(2);
    let mut joined = 0;
    for _ in 0..500 {
        let sources = random_sources(&mut dice, 14);
        let mut hands = Hands::default();
        for contact in merge(&sources, &hands).contacts {
            joined += contact.sources.len() - 1;
            for (place, one) in contact.sources.iter().enumerate() {
                hands.part(&[*one], &contact.sources[place + 1..]);
            }
        }
        let merged = merge(&sources, &hands);
        assert_eq!(merged.contacts.len(), sources.len());
        for (contact, source) in merged.contacts.iter().zip(&sources) {
            assert_eq!(contact.sources, [source.id]);
            assert_eq!(contact.display_name.as_ref().map(|name| name.value.clone()).unwrap_or_default(), source.card.name.shown());
            assert_eq!(contact.title.as_ref().map(|title| &title.value), source.card.title.as_ref());
            assert_eq!(contact.origins, [source.origin]);
            assert_eq!(merge(std::slice::from_ref(source), &Hands::default()).contacts[0], *contact);
        }
    }
    assert!(joined > 500, "there was something to undo: {joined}");
}

#[test]
fn what_was_parted_is_never_in_one_contact_and_what_was_joined_is_unless_refused() {
    let mut dice = Dice(3);
    for _ in 0..1000 {
        let sources = random_sources(&mut dice, 10);
        let hands = random_hands(&mut dice, sources.len());
        let merged = merge(&sources, &hands);
        for (one, other) in hands.pairs(super::Said::Parted) {
            assert_ne!(merged.of(one).unwrap().id, merged.of(other).unwrap().id);
        }
        for (one, other) in hands.pairs(super::Said::Joined) {
            assert!(merged.of(one).unwrap().id == merged.of(other).unwrap().id || merged.refused.contains(&(one, other)));
        }
    }
}

#[test]
fn each_join_has_evidence_and_each_key_that_joins_has_one_contact() {
    let mut dice = Dice(4);
    for _ in 0..500 {
        let sources = random_sources(&mut dice, 14);
        let merged = merge(&sources, &Hands::default());
        let shared: BTreeSet<_> = merged.shared.iter().map(|shared| shared.key.clone()).collect();
        for contact in &merged.contacts {
            let mut reached = BTreeSet::from([contact.id]);
            for _ in &contact.sources {
                for evidence in
                    contact.evidence.iter().filter(|evidence| evidence.sources.iter().any(|id| reached.contains(id))).collect::<Vec<_>>()
                {
                    reached.extend(evidence.sources.iter().copied());
                }
            }
            assert_eq!(reached.len(), contact.sources.len());
        }
        for one in &sources {
            for other in &sources {
                let common = keys(&one.card).into_iter().any(|key| keys(&other.card).contains(&key) && !shared.contains(&key));
                assert!(!common || merged.of(one.id) == merged.of(other.id));
            }
        }
    }
}

#[test]
fn a_part_with_all_that_hold_its_keys_comes_out_as_in_the_whole() {
    let mut dice = Dice(5);
    for _ in 0..300 {
        let sources = random_sources(&mut dice, 20);
        let whole = merge(&sources, &Hands::default());
        let mut part = vec![sources[0].clone()];
        loop {
            let known: BTreeSet<Key> = part.iter().flat_map(|source| keys(&source.card)).collect();
            let more: Vec<_> = sources.iter().filter(|source| keys(&source.card).iter().any(|key| known.contains(key))).cloned().collect();
            if more.len() <= part.len() {
                break;
            }
            part = more;
        }
        assert_eq!(merge(&part, &Hands::default()).of(sources[0].id), whole.of(sources[0].id));
    }
}
