//! Pull what stands in a calendar: the next pages of the changes of its window, each committed with the place that follows it.
//!
//! A window is bound to its chain for ever, so it reaches a week further ahead than is promised; before that week is used up, a new
//! round begins over a new window, and so does one when a link no longer works. What a new round does not show is gone, except
//! for what had ended before its window: that stays. What changes after the first round is told by the ledger, in the transaction that
//! keeps it. Source: Microsoft Graph, `event: delta`.

use std::time::Duration;

use base::{Recourse, Timestamp};
use graph::calendar::view::{ViewStart, masters, view_delta};
use graph::{Access, Delta, GraphError, Link};
use model::calendar::{Calendar, CalendarEventKind};
use model::event::{EventKind, NewEvent};
use model::id::{CalendarEventId, MailboxId};
use model::mailbox::MailboxState;
use serde_json::json;
use store::calendar::{self, Place};
use store::connection::Connection;
use store::cursor::CursorKind;
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, calendar_event, due, ledger, mailbox, meeting, work};

use crate::Inbound;
use crate::calendar_plan::{self, EventEntry, EventStep};
use crate::calendar_reading as reading;
use crate::calendars::Met;
use crate::failure::Failure;

/// Events asked for on a page: Exchange answers 5xx to big ones.
const PAGE_SIZE: u16 = 50;
/// Pages that one unit takes before others get their turn.
const PAGES_MAX: usize = 10;
/// Events asked for in one batch.
const BATCH_MAX: usize = 20;
/// Events of which it is noted late who is in them, at once.
const NOTED_MAX: u32 = 50;
/// How much further than promised a window reaches, so that it need not be left every day.
const WINDOW_SPARE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How much longer a unit may work after each page.
const LEASE_MORE: Duration = Duration::from_secs(60);

/// A calendar's chain as a unit of work meets it.
struct Chain<'a> {
    inbound: &'a Inbound,
    lease: &'a Lease,
    connection: Connection,
    access: Access,
    calendar: Calendar,
    place: Place,
    /// The mailbox of the same account, if it is mirrored: whoever sees it is told.
    mailbox: Option<MailboxId>,
}

/// What a transaction keeps, and what is told of it.
#[derive(Default)]
struct Piece {
    statements: Vec<Statement>,
    events: Vec<NewEvent>,
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let (connection, access) = match inbound.meet_account(lease).await? {
        Met::Open(connection, access) => (*connection, access),
        Met::Shut(ending) => return Ok(ending),
    };
    let Some(id) = due::calendar_of(&lease.key) else { return Ok(Ending::Gone) };
    let Some((calendar, place)) = calendar::find(&inbound.db, id).await? else { return Ok(Ending::Gone) };
    let mailbox = mailbox_of(inbound, &connection).await?;
    let mut chain = Chain { inbound, lease, connection, access, calendar, place, mailbox };
    chain.note_late().await?;
    if chain.is_outgrown() || chain.place.kind == CursorKind::Start {
        chain.begin_round().await?;
    }
    for _ in 0..PAGES_MAX {
        match chain.take_page().await {
            Ok(false) => {}
            Ok(true) => return Ok(Ending::Next(chain.next_look(), Lane::Scheduled)),
            Err(Failure::Graph(error)) => return chain.failed(&error).await,
            Err(Failure::Store(error)) => return Err(error),
        }
    }
    Ok(Ending::Next(inbound.clock.now(), lease.lane))
}

async fn mailbox_of(inbound: &Inbound, connection: &Connection) -> Result<Option<MailboxId>, StoreError> {
    let mailboxes = mailbox::list(&inbound.db, connection.workspace).await?;
    let same = |mailbox: &model::mailbox::Mailbox| mailbox.graph_user_id == connection.account_id;
    let found = mailboxes.into_iter().find(|mailbox| same(mailbox) && mailbox.state != MailboxState::Disconnected);
    Ok(found.map(|mailbox| mailbox.id))
}

impl Chain<'_> {
    /// Whether the window no longer covers what is promised.
    fn is_outgrown(&self) -> bool {
        self.place.round == 0 || self.place.until < self.inbound.clock.now().plus(self.inbound.settings.calendar_ahead)
    }

    /// Notes who is in the events that were kept before that was noted. Afterwards there are none.
    async fn note_late(&self) -> Result<(), StoreError> {
        loop {
            let events = meeting::not_noted(&self.inbound.db, self.calendar.id, NOTED_MAX).await?;
            if events.is_empty() {
                return Ok(());
            }
            let mut piece = Piece { statements: meeting::note_late(&events), events: Vec::new() };
            piece.statements.push(work::extend(self.lease, self.inbound.clock.now().plus(LEASE_MORE)));
            self.commit_piece(piece).await?;
        }
    }

    /// A new pass over everything in the window of now. A first page that was read before without its place being kept is read in
    /// a pass of its own: what it showed then and does not show now has to be told from what it shows.
    async fn begin_round(&mut self) -> Result<(), StoreError> {
        let (now, settings) = (self.inbound.clock.now(), &self.inbound.settings);
        let next = Place {
            kind: CursorKind::Start,
            link: None,
            version: self.place.version,
            round: self.place.round + 1,
            from: now.minus(settings.calendar_back),
            until: now.plus(settings.calendar_ahead + WINDOW_SPARE),
            synced_at: None,
            first_synced_at: self.place.first_synced_at,
        };
        self.advance("pull.calendar_round", next, Piece::default()).await
    }

    /// Takes the next page; true if the round is whole with it.
    async fn take_page(&mut self) -> Result<bool, Failure> {
        let link = self.inbound.saved_link(self.place.kind, self.place.link.as_deref())?;
        let start = link.as_ref().map_or(ViewStart::Window(self.place.from, self.place.until), ViewStart::Link);
        // Smaller after each failure: a page may be too heavy for Exchange.
        let size = (PAGE_SIZE >> self.lease.attempts.saturating_sub(1).min(3)).max(10);
        let page = view_delta(&self.inbound.graph, &self.access, &self.calendar.graph_id, start, size).await?;
        let (mut entries, mut wanted) = (Vec::with_capacity(page.items.len()), Vec::new());
        for delta in page.items {
            match delta {
                Delta::Removed { id } => entries.push(EventEntry::Absent(id)),
                Delta::Changed(event) => {
                    let id = event.id.clone();
                    // What is at a time that cannot be read is read whole, which brings it in UTC.
                    reading::event(event).map_or_else(|| wanted.push(id), |read| entries.push(EventEntry::Present(read)));
                }
            }
        }
        wanted.extend(calendar_plan::too_little(&entries));
        wanted.extend(calendar_plan::series_wanted(&entries));
        wanted.extend(page.unreadable.into_iter().filter(|id| !id.is_empty()));
        entries.extend(self.fetch_whole(&wanted).await?);
        let whole = page.link.ends_the_round();
        self.commit_page(entries, &page.link).await?;
        Ok(whole)
    }

    async fn fetch_whole(&self, ids: &[String]) -> Result<Vec<EventEntry>, GraphError> {
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH_MAX) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            for outcome in masters(&self.inbound.graph, &self.access, &ids).await {
                match outcome {
                    Ok(event) => entries.extend(self.read_whole(event)),
                    Err(error) if error.is_not_found() => {}
                    Err(error) if error.recourse() == Recourse::Refuse && error.status().is_none_or(|status| status.as_u16() != 403) => {
                        tracing::warn!(calendar.id = %self.calendar.id, graph.code = error.code(), "A calendar event cannot be read: {error}.");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(entries)
    }

    fn read_whole(&self, event: graph::calendar::Event) -> Option<EventEntry> {
        let read = reading::event(event).map(EventEntry::Present);
        if read.is_none() {
            tracing::warn!(calendar.id = %self.calendar.id, "A calendar event is left out: it is at no time that can be read.");
        }
        read
    }

    async fn commit_page(&mut self, entries: Vec<EventEntry>, link: &Link) -> Result<(), StoreError> {
        let (now, round) = (self.inbound.clock.now(), self.place.round);
        let ids: Vec<&str> = entries.iter().map(EventEntry::graph_id).collect();
        let known = calendar_event::by_graph_ids(&self.inbound.db, self.calendar.id, &ids).await?;
        let mut steps = calendar_plan::plan_events(self.calendar.id, entries, &known, now);
        let piece_size = self.inbound.settings.piece_size.max(1);
        while steps.len() > piece_size {
            let rest = steps.split_off(piece_size);
            self.commit_piece(self.piece(steps)).await?;
            steps = rest;
        }
        let mut last = self.piece(steps);
        let whole = link.ends_the_round();
        if whole && self.place.synced_at.is_none() {
            if self.is_news() {
                // What is left over is asked for when all that was shown is kept.
                self.commit_piece(std::mem::take(&mut last)).await?;
                let gone = calendar_event::swept(&self.inbound.db, self.calendar.id, round, self.place.from).await?;
                last.events.extend(gone.into_iter().map(|(id, kind)| self.event(EventKind::CalendarEventRemoved, id, kind)));
            }
            last.statements.extend(calendar_event::sweep(self.calendar.id, round, self.place.from));
        }
        last.statements.push(work::extend(self.lease, now.plus(LEASE_MORE)));
        let next = Place {
            kind: if whole { CursorKind::Delta } else { CursorKind::Next },
            link: Some(link.as_str().to_owned()),
            synced_at: if whole { Some(now) } else { self.place.synced_at },
            first_synced_at: self.place.first_synced_at.or(whole.then_some(now)),
            ..self.place.clone()
        };
        self.advance("pull.calendar_events", next, last).await
    }

    async fn commit_piece(&self, piece: Piece) -> Result<(), StoreError> {
        if piece.statements.is_empty() {
            return Ok(());
        }
        let kept = Transaction::new("pull.calendar_piece").with(work::hold(self.lease));
        let kept = kept.with(calendar::is_at(self.calendar.id, self.place.version)).with_all(piece.statements);
        self.inbound.db.commit(kept.with_all(self.told(&piece.events))).await.map(drop)
    }

    /// Whether what a page shows is news: the calendar was read whole before.
    const fn is_news(&self) -> bool {
        self.place.first_synced_at.is_some()
    }

    fn event(&self, kind: EventKind, id: CalendarEventId, of: CalendarEventKind) -> NewEvent {
        NewEvent { kind, subject: id.number(), backfill: false, data: json!({"calendar": self.calendar.id, "kind": of.name()}) }
    }

    /// The statements that tell of events: last in their transaction.
    fn told(&self, events: &[NewEvent]) -> Vec<Statement> {
        if events.is_empty() {
            return Vec::new();
        }
        let (workspace, now) = (self.connection.workspace, self.inbound.clock.now());
        let mut statements: Vec<Statement> = due::decide(workspace, now).into();
        statements.extend(match self.mailbox {
            Some(mailbox) => ledger::append(workspace, mailbox, now, events),
            None => ledger::append_of_workspace(workspace, now, events),
        });
        statements
    }

    fn piece(&self, steps: Vec<EventStep>) -> Piece {
        let round = self.place.round;
        let (mut seen, mut gone): (Vec<CalendarEventId>, Vec<String>) = (Vec::new(), Vec::new());
        let mut piece = Piece::default();
        for step in steps {
            let told = match step {
                EventStep::Seen(id) => {
                    seen.push(id);
                    continue;
                }
                EventStep::Insert(event) => {
                    piece.statements.extend(calendar_event::put(&event, round));
                    (EventKind::CalendarEventCreated, event.id, event.kind)
                }
                EventStep::Update(event) => {
                    piece.statements.extend(calendar_event::put(&event, round));
                    (EventKind::CalendarEventChanged, event.id, event.kind)
                }
                EventStep::Remove(event) => {
                    gone.push(event.graph_id);
                    (EventKind::CalendarEventRemoved, event.id, event.kind)
                }
            };
            if self.is_news() {
                piece.events.push(self.event(told.0, told.1, told.2));
            }
        }
        // Only a pass over everything asks afterwards what was not seen.
        if self.place.synced_at.is_none() && !seen.is_empty() {
            piece.statements.push(calendar_event::seen(&seen, round));
        }
        if !gone.is_empty() {
            let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
            piece.statements.push(calendar_event::remove(self.calendar.id, &gone));
        }
        piece
    }

    async fn advance(&mut self, name: &'static str, next: Place, piece: Piece) -> Result<(), StoreError> {
        let moved = calendar::advance(self.calendar.id, self.place.version, &next);
        let moved = Transaction::new(name).with(work::hold(self.lease)).with(moved).with_all(piece.statements);
        self.inbound.db.commit(moved.with_all(self.told(&piece.events))).await?;
        self.place = Place { version: self.place.version + 1, ..next };
        Ok(())
    }

    /// Spread over a tenth of the interval, so that calendars that were read together are not read together for ever.
    fn next_look(&self) -> Timestamp {
        let interval = self.inbound.settings.poll_interval;
        let spread = self.calendar.id.number().unsigned_abs() % 97;
        self.inbound.clock.now().plus(interval - interval / 10 + interval.mul_f64(0.1 * spread as f64 / 97.0))
    }

    async fn failed(&mut self, error: &GraphError) -> Result<Ending, StoreError> {
        let has_link = self.place.link.is_some();
        match error.recourse() {
            Recourse::Resync if has_link => {
                self.begin_round().await?;
                Ok(Ending::Next(self.inbound.clock.now(), self.lease.lane))
            }
            // The calendar seems to be gone, or shared no longer: whether it is, the list says.
            Recourse::Resync | Recourse::Refuse => {
                let list = due::pull_calendars(self.connection.id, Lane::Notified, self.inbound.clock.now());
                self.inbound.db.commit(Transaction::new("pull.ask_calendars").with(list)).await?;
                self.inbound.failed_account(self.lease, &self.connection, error).await
            }
            _ => self.inbound.failed_account(self.lease, &self.connection, error).await,
        }
    }
}
