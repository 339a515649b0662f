//! A large mailbox is paged without being copied: the work of a page does not grow with the folder.

use std::time::Duration;

use crate::world::{ANNA, world};
use microsoft365_sim::mail;
use microsoft365_sim::mailbox::DeliverOptions;

/// Generous, since it runs unoptimised beside other tests; the measured figure is a tenth of it.
const PAGE_MAX: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_page_of_a_large_folder_costs_what_a_page_of_a_small_one_does() {
    let world = world();
    let raw = "From: a@b.example\r\nSubject: s\r\nMessage-ID: <1@b.example>\r\n\r\nSome text of a mail.\r\n";
    let parsed = mail::parse(raw.into()).unwrap();
    world
        .control()
        .change(ANNA, |mailbox, now| {
            let inbox = mailbox.find_folder("inbox")?;
            for number in 0..20_000 {
                let received = Some(now - jiff::SignedDuration::from_mins(number));
                mailbox.deliver(inbox, parsed.clone(), DeliverOptions { received, ..DeliverOptions::default() }, now)?;
            }
            Ok(())
        })
        .unwrap();
    let headers = [("prefer", "odata.maxpagesize=100")];
    let first = world.get_with("/me/mailFolders/inbox/messages/delta?$select=id,subject", &headers).await.json();
    let mut link = first["@odata.nextLink"].as_str().unwrap().to_owned();
    let mut slowest = Duration::ZERO;
    let mut rows = first["value"].as_array().unwrap().len();
    for _ in 0..10 {
        #[expect(clippy::disallowed_methods, reason = "this test measures")]
        let start = std::time::Instant::now();
        let page = world.get_with(&link, &headers).await;
        slowest = slowest.max(start.elapsed());
        let json = page.json();
        rows += json["value"].as_array().unwrap().len();
        link = json["@odata.nextLink"].as_str().unwrap().to_owned();
    }
    assert_eq!(rows, 1100);
    assert!(slowest < PAGE_MAX, "a page took {slowest:?}");
}
