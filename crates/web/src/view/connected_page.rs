//! The page after a mailbox was connected.

use maud::{Markup, html};
use model::id::MailboxId;

use crate::settings::Settings;
use crate::view::frame;

/// Says that it worked; goes on to the mailbox for whoever may look at it.
pub fn render(mailbox: Option<MailboxId>, _settings: &Settings) -> Markup {
    let address = mailbox.map(|mailbox| format!("/mailboxes/{mailbox}"));
    frame::alone_going_on(
        "Connected",
        address.as_deref(),
        &html! {
            section.card {
                h1 { "Your mailbox is connected" }
                p { "Its newest mail comes first and can be read within seconds; the rest follows by itself." }
                @match mailbox {
                    Some(mailbox) => p.actions { a.button href={ "/mailboxes/" (mailbox) } { "Open the mailbox" } },
                    None => p { "You can close this page. To end the connection, ask your administrator, or withdraw it at "
                        a href="https://myapps.microsoft.com" rel="noopener noreferrer" { "myapps.microsoft.com" } "." },
                }
            }
        },
    )
}
