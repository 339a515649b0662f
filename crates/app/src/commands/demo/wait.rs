//! Waiting until everything is here: every mailbox live, nothing due, nobody at work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use microsoft365_sim::Simulator;
use model::mailbox::MailboxState;
use store::{StoreError, folder, mailbox, work};

use crate::failure::Failure;
use crate::wire::{House, database_unusable};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(100);
/// Waits until `mailboxes` mailboxes are live and decided upon.
///
/// # Errors
/// When that takes longer than `timeout`, with what is still missing.
pub async fn until_synced(house: &House, simulator: &Simulator, mailboxes: usize, timeout: Duration) -> Result<(), Failure> {
    let deadline = house.clock.now().plus(timeout);
    let bar = progress_bar(total_there(simulator));
    loop {
        let (here, waiting_for) = look(house, mailboxes).await.map_err(|error| database_unusable(&error))?;
        bar.set_position(here);
        let Some(waiting_for) = waiting_for else {
            bar.finish_and_clear();
            return Ok(());
        };
        if house.clock.now() > deadline {
            bar.finish_and_clear();
            return Err(Failure::not_now(
                "not_synced",
                format!("Not everything was here after {} s.", timeout.as_secs()),
                format!("{waiting_for}; {here} messages are here"),
                "Give it longer with --timeout, or look at the mailboxes' pages while it runs without --until-synced.",
            ));
        }
        bar.set_message(waiting_for);
        base::time::sleep(LOOK).await;
    }
}

/// How many messages are here, and what is still waited for.
async fn look(house: &House, expected: usize) -> Result<(u64, Option<String>), StoreError> {
    let mailboxes = mailbox::list(&house.db, house.workspace).await?;
    let mut here = 0;
    for mailbox in &mailboxes {
        here += folder::counted(&house.db, mailbox.id).await?.iter().map(|(_, count)| u64::try_from(*count).unwrap_or(0)).sum::<u64>();
    }
    let live = mailboxes.iter().filter(|mailbox| mailbox.state == MailboxState::Live).count();
    if live < expected {
        return Ok((here, Some(format!("{live} of {expected} mailboxes are live"))));
    }
    // Consumers are held or due as long as anything that concerns them has been told: what is told to others may lie behind them.
    let backlog = work::list_due(&house.db, house.clock.now(), 1).await?;
    Ok((here, backlog.first().map(|item| format!("{} is due", item.kind))))
}

fn total_there(simulator: &Simulator) -> u64 {
    let control = simulator.control();
    let users = control.users().into_iter().filter(|user| user.has_mailbox());
    let counts =
        users.filter_map(|user| control.state(&user.id).ok()).flat_map(|state| state.folders).map(|folder| folder.total_count as u64);
    counts.sum()
}

/// A bar with an estimate; it shows itself only to a person at a terminal.
fn progress_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} messages, {eta} left; {msg}").expect("the template is well formed");
    ProgressBar::new(total).with_style(style)
}
