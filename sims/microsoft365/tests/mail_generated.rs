//! The generated tenant and the spreading of loaded mail: repeatable, whole, and believable to a parser.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this whole file is a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use jiff::Timestamp;
use microsoft365_sim::mail::{AttachmentKind, GeneratedTenant, Placed, TenantPlan, distribute, generate, load, next_live_mail, parse};
use serde_json::Value;

fn tenant(seed: u64, mailboxes: usize) -> GeneratedTenant {
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    generate(&TenantPlan { seed, mailboxes, months: 6, domain: "contoso.example".into(), now })
}

#[test]
fn the_same_seed_gives_the_same_tenant() {
    let raws = |tenant: GeneratedTenant| {
        tenant.mail.into_iter().map(|placed| (placed.mailbox, placed.folder, placed.mail.raw)).collect::<Vec<_>>()
    };
    let (one, again, other) = (raws(tenant(1, 4)), raws(tenant(1, 4)), raws(tenant(2, 4)));
    assert!(one == again);
    assert!(one != other);
}

#[test]
fn a_generated_tenant_has_what_real_ones_have() {
    let tenant = tenant(365, 4);
    assert_eq!(tenant.mailboxes.len(), 4);
    assert!(tenant.mailboxes[3].is_shared);
    let mail = &tenant.mail;
    assert!((600..6_000).contains(&mail.len()), "{} messages", mail.len());
    let count = |holds: &dyn Fn(&Placed) -> bool| mail.iter().filter(|placed| holds(placed)).count();
    let folders: BTreeSet<_> = mail.iter().map(|placed| placed.folder.join("/")).collect();
    assert!(folders.len() > 10 && folders.contains("sentitems") && folders.contains("inbox"), "{folders:?}");
    assert!((0..4).all(|mailbox| count(&|placed| placed.mailbox == mailbox) > 50));
    assert!(count(&|placed| placed.mail.properties["hasAttachments"] == true) > 50);
    assert!(count(&|placed| placed.mail.attachments.iter().any(|attachment| attachment.is_inline)) > 100);
    assert!(count(&|placed| placed.mail.attachments.iter().any(|attachment| matches!(attachment.kind, AttachmentKind::Item(_)))) > 3);
    assert!(count(&|placed| placed.mail.properties["inferenceClassification"] == "other") > 20, "newsletters");
    assert!(count(&|placed| placed.mail.properties["importance"] == "high") > 10);
    assert!(count(&|placed| placed.mail.properties.contains_key("conversationIndex")) > 100);
    assert!(count(&|placed| !placed.is_read) > 10 && count(&|placed| placed.is_flagged) > 10);
    let scripts = ['ü', 'é', 'Ł', 'π', 'ї', '様', '请', '문', 'ط', 'ה', 'ऑ'];
    for script in scripts {
        let seen = count(&|placed| placed.mail.properties["body"]["content"].as_str().unwrap().contains(script));
        assert!(seen > 0, "nobody writes {script}");
    }
    assert!(mail.iter().all(|placed| !text(placed, "subject").contains('\u{fffd}') && !text(placed, "bodyPreview").contains('\u{fffd}')));
}

#[test]
fn replies_refer_to_messages_that_exist_and_copies_share_their_id() {
    let tenant = tenant(365, 4);
    let mut holders: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for placed in &tenant.mail {
        holders.entry(text(placed, "internetMessageId")).or_default().insert(placed.mailbox);
    }
    let replies: Vec<_> = tenant.mail.iter().filter_map(|placed| field(placed, "In-Reply-To")).collect();
    assert!(replies.len() > 300, "{}", replies.len());
    assert!(replies.iter().all(|id| holders.contains_key(id)), "a reply to nothing");
    assert!(holders.values().filter(|mailboxes| mailboxes.len() > 1).count() > 50, "no colleague was in copy");
}

#[test]
fn every_address_ends_in_example() {
    let tenant = tenant(9, 13);
    for placed in &tenant.mail {
        let raw = String::from_utf8_lossy(&placed.mail.raw).into_owned();
        for field in ["from", "sender"] {
            let address = placed.mail.properties[field]["emailAddress"]["address"].as_str().unwrap();
            assert!(address.ends_with(".example"), "{address}");
        }
        assert!(!raw.contains(".com") && !raw.contains(".org"));
    }
}

#[test]
fn live_mail_follows_from_its_number_and_makes_conversations() {
    let tenant = tenant(1, 3);
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    let live = |n| next_live_mail(&tenant.mailboxes, 7, n, now).unwrap();
    let mut ids = Vec::new();
    for n in 0..30 {
        let mail = live(n);
        assert_eq!(mail.raw, live(n).raw);
        let placed =
            Placed { mailbox: mail.mailbox, folder: Vec::new(), mail: parse(mail.raw).unwrap(), is_read: false, is_flagged: false };
        if n % 3 > 0 {
            assert_eq!(field(&placed, "In-Reply-To").as_ref(), ids.last(), "message {n}");
        }
        ids.push(text(&placed, "internetMessageId"));
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 30);
    assert!(next_live_mail(&[], 7, 0, now).is_none());
}

#[test]
fn loaded_mail_is_spread_whole_and_conversations_stay_together() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods, reason = "a test may be told where the private mail lies")]
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data/mail/spamassassin.tar.gz");
    if !path.exists() {
        return println!("left out: ../shared/data not found (mail/spamassassin.tar.gz)");
    }
    let loaded = load(&path).messages;
    let total = loaded.len();
    let placed = distribute(loaded.clone(), 4, 1);
    assert_eq!(placed.len(), total);
    let places = |placed: &[Placed]| placed.iter().map(|one| (one.mailbox, one.folder.clone(), one.is_read)).collect::<Vec<_>>();
    assert_eq!(places(&placed), places(&distribute(loaded, 4, 1)));
    let share = |mailbox| placed.iter().filter(|one| one.mailbox == mailbox).count();
    assert!((0..4).all(|mailbox| share(mailbox) > total / 8));
    let mut homes: BTreeMap<String, usize> = BTreeMap::new();
    homes.extend(placed.iter().map(|one| (text(one, "internetMessageId"), one.mailbox)));
    let pairs: Vec<_> = placed.iter().filter_map(|one| Some((one.mailbox, *homes.get(&field(one, "In-Reply-To")?)?))).collect();
    let together = pairs.iter().filter(|(mine, theirs)| mine == theirs).count();
    assert!(together * 10 > pairs.len() * 6, "{together} of {} replies lie with what they answer", pairs.len());
}

fn text(placed: &Placed, property: &str) -> String {
    placed.mail.properties[property].as_str().unwrap_or_default().to_owned()
}

fn field(placed: &Placed, name: &str) -> Option<String> {
    let fields = placed.mail.properties["internetMessageHeaders"].as_array()?;
    fields
        .iter()
        .find(|field| field["name"] == name)
        .and_then(|field| field["value"].as_str().map(Value::from))?
        .as_str()
        .map(str::to_owned)
}
