//! Tracking: touches are counted and kept up to a bound, verdicts, answers and figures read back, and what is old is forgotten.

use std::net::IpAddr;

use base::Timestamp;
use model::id::OutgoingId;
use model::outgoing::{Outgoing, OutgoingState, Written};
use model::tracking::{Clicked, Confidence, Method, Network, Opened, Target, Touch, Trace, Verdict};
use store::tracked::{self, Copy, Told, Tracked, TrackedLink};
use store::tracking_setting::{self, TrackingSetting};
use store::{Db, Statement, StoreError, Transaction, due, opt_out, outgoing, touch, work};

use crate::world::{MAILBOX, WORKSPACE, World, at, both};

const MAIL: OutgoingId = OutgoingId::from_number(1 << 40);
const OTHER: OutgoingId = OutgoingId::from_number((1 << 40) + 1);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.tracking").with_all(statements)).await.map(drop)
}

fn a_copy(outgoing: OutgoingId, recipient: &str) -> Copy {
    Copy {
        outgoing,
        recipients: vec![recipient.to_owned()],
        handed_over_at: Timestamp::NEVER,
        verdict: Verdict::default(),
        told: Told::default(),
        unsubscribed_at: None,
    }
}

/// A mail in two copies, of which the first has left.
async fn a_tracked_mail(db: &Db) -> Tracked {
    let tracked = Tracked {
        id: MAIL,
        workspace: WORKSPACE,
        mailbox: MAILBOX,
        opens: true,
        clicks: true,
        apart: true,
        links: vec![TrackedLink { url: "https://shop.example/".to_owned(), text: "Shop".to_owned() }],
        asked_by: "anna".to_owned(),
        sender: Some(Trace { visitor: u64::MAX, agent: "Firefox".to_owned() }),
        keeps_addresses: true,
        forgotten: false,
        copies: vec![a_copy(MAIL, "bo@acme.example"), a_copy(OTHER, "cy@acme.example")],
    };
    for id in [MAIL, OTHER] {
        let mail = Outgoing::asked(id, (WORKSPACE, MAILBOX), format!("mark {id}"), Written::default(), at(10));
        commit(db, outgoing::ask(&mail)).await.unwrap();
        if id == MAIL {
            let sent = Outgoing { state: OutgoingState::Sent, attempted_at: Some(at(20)), accepted_at: Some(at(21)), ..mail.clone() };
            commit(db, outgoing::change(&mail, &sent, at(21))).await.unwrap();
        }
    }
    commit(db, tracked::insert(&tracked)).await.unwrap();
    tracked
}

fn a_touch(second: i64, target: Target) -> Touch {
    Touch {
        at: at(second),
        target,
        copy: 0,
        method: Method::Head,
        agent: "curl".to_owned(),
        prefetch: true,
        network: Some(Network::Cloud),
        visitor: Some(u64::MAX - 1),
        own: false,
    }
}

fn address() -> Option<IpAddr> {
    "::ffff:192.0.2.7".parse().ok()
}

both! {
    async fn a_tracked_mail_reads_back_with_its_verdicts(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mut tracked = a_tracked_mail(db).await;
        tracked.copies[0].handed_over_at = at(20);
        assert_eq!(tracked::find(db, MAIL).await.unwrap(), Some(tracked.clone()));
        let verdict = Verdict {
            opened: Some(Opened { first_at: at(90), confidence: Confidence::High }),
            clicked: vec![Clicked { link: 0, first_at: at(91) }],
        };
        let told = Told { opened: true, clicked: vec![0] };
        commit(db, [tracked::put_verdict(MAIL, &verdict, 7, &told)]).await.unwrap();
        (tracked.copies[0].verdict, tracked.copies[0].told) = (verdict, told);
        assert_eq!(tracked::of_outgoing(db, OTHER).await.unwrap(), Some(tracked));
        assert_eq!(tracked::of_outgoing(db, OutgoingId::from_number(3)).await.unwrap(), None);
        assert_eq!(tracked::replies(db, MAIL).await.unwrap(), []);
        let figures = tracked::figures(db, WORKSPACE, Timestamp::EPOCH, at(2_000_000_000)).await.unwrap();
        let [figures] = figures.as_slice() else { panic!("{figures:?}") };
        assert_eq!((figures.mailbox, figures.sent, figures.opened, figures.clicked, figures.machines), (MAILBOX, 1, 1, 1, 7));
        assert_eq!((figures.replied, figures.unsubscribed), (0, 0));
        assert_eq!(tracked::figures(db, WORKSPACE, at(2_000_000_000), at(2_000_000_001)).await.unwrap(), []);
    }

    async fn touches_are_counted_and_the_first_are_kept(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        a_tracked_mail(db).await;
        for second in 0..touch::OF_A_TOKEN_MAX + 5 {
            commit(db, touch::keep(MAIL, &a_touch(100 + second, Target::Link(3)), address())).await.unwrap();
        }
        commit(db, touch::keep(MAIL, &a_touch(99, Target::Pixel), None)).await.unwrap();
        commit(db, touch::keep(OutgoingId::from_number(3), &a_touch(99, Target::Pixel), None)).await.unwrap();
        let kept = touch::list(db, MAIL).await.unwrap();
        assert_eq!(kept.len() as i64, touch::OF_A_TOKEN_MAX + 1);
        assert_eq!((&kept[0].touch, kept[0].address.as_deref()), (&a_touch(99, Target::Pixel), None));
        assert_eq!((&kept[1].touch, kept[1].address.as_deref()), (&a_touch(100, Target::Link(3)), Some("192.0.2.7")));
        assert_eq!(touch::seen(db, MAIL).await.unwrap(), touch::OF_A_TOKEN_MAX + 6);
        assert_eq!(tracked::touched(db, WORKSPACE, OutgoingId::from_number(0), 10).await.unwrap(), [MAIL]);
        let judging = work::find(db, due::JUDGE_MAIL, &MAIL.to_string()).await.unwrap().unwrap();
        assert_eq!(judging.due_at, at(99).plus(touch::JUDGED_AFTER));
        commit(db, touch::forget(at(101), 10)).await.unwrap();
        assert_eq!(touch::list(db, MAIL).await.unwrap().len() as i64, touch::OF_A_TOKEN_MAX - 1);
        assert!(tracked::find(db, MAIL).await.unwrap().unwrap().forgotten);
    }

    async fn who_unsubscribes_is_told_once_and_can_be_let_in_again(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let tracked = a_tracked_mail(db).await;
        commit(db, opt_out::add(&tracked, 1, at(50))).await.unwrap();
        let again = commit(db, opt_out::add(&tracked, 1, at(51))).await;
        assert!(matches!(again, Err(StoreError::Refused { .. })), "{again:?}");
        let out = opt_out::list(db, WORKSPACE, "", 10).await.unwrap();
        assert_eq!((out.len(), out[0].address.as_str(), out[0].outgoing, out[0].at), (1, "cy@acme.example", OTHER, at(50)));
        let both = ["bo@acme.example".to_owned(), "cy@acme.example".to_owned()];
        assert_eq!(opt_out::among(db, WORKSPACE, &both).await.unwrap(), ["cy@acme.example"]);
        assert_eq!(tracked::find(db, MAIL).await.unwrap().unwrap().copies[1].unsubscribed_at, Some(at(50)));
        commit(db, [opt_out::remove(WORKSPACE, "cy@acme.example")]).await.unwrap();
        assert_eq!(opt_out::among(db, WORKSPACE, &both).await.unwrap(), Vec::<String>::new());
    }

    async fn what_a_workspace_wants_reads_back_and_a_domain_is_proved_once(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        assert_eq!(tracking_setting::find(db, WORKSPACE).await.unwrap(), TrackingSetting::default());
        let domain = "https://t.acme.example".to_owned();
        let wanted = TrackingSetting { opens: true, domain: Some(domain.clone()), domains: vec![domain.clone()], ..TrackingSetting::default() };
        commit(db, [tracking_setting::put(WORKSPACE, &wanted)]).await.unwrap();
        assert_eq!(tracking_setting::find(db, WORKSPACE).await.unwrap().proved_domain(), None);
        commit(db, [tracking_setting::prove_domain(WORKSPACE, "https://other.example", at(1))]).await.unwrap();
        commit(db, [tracking_setting::prove_domain(WORKSPACE, &domain, at(2)), tracking_setting::prove_domain(WORKSPACE, &domain, at(3))]).await.unwrap();
        let proved = TrackingSetting { domain_proved_at: Some(at(2)), ..wanted };
        assert_eq!(tracking_setting::find(db, WORKSPACE).await.unwrap(), proved);
    }
}
