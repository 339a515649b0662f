//! The owner's view: what an endpoint is told, as its owner may see it now. It reads by the API's own readers, so that an
//! endpoint is told nothing that its owner could not ask for.
//!
//! What happened to a mailbox, a folder or a message has no details but ids, and is told to whom the mailbox is told; for the
//! rest, and for nouns, the owner's sight is asked.

use api::access::{Asker, Sight, asker_of};
use api::changes::Told;
use api::{read, view};
use async_trait::async_trait;
use base::{Clock, Id};
use model::event::{About, Event};
use outbound::{Expand, Shown};
use serde_json::Value;
use store::endpoint::Endpoint;
use store::{Db, StoreError};

/// Shows events and nouns as an endpoint's owner may see them.
#[derive(Clone, Debug)]
pub struct OwnersView {
    db: Db,
    clock: Clock,
}

impl OwnersView {
    /// Of what is in this database.
    pub fn new(db: Db, clock: Clock) -> Self {
        OwnersView { db, clock }
    }

    async fn shown(&self, endpoint: &Endpoint, event: &Event) -> Result<Shown, StoreError> {
        let plain = matches!(
            event.kind.about(),
            About::Mailbox | About::Folder | About::Message | About::Outgoing | About::Endpoint | About::Delivery
        );
        let plain = plain || (is_of_calendar(event) && event.mailbox.is_some());
        if plain && !endpoint.expand {
            return Ok(Shown { details: event.data.clone(), noun: None });
        }
        let Some(owner) = asker_of(&self.db, endpoint.workspace, &endpoint.owner, self.clock.now()).await? else {
            return Ok(Shown::default());
        };
        let sight = Sight::of(&self.db, &owner).await?;
        let told = Told::of(&self.db, vec![event.clone()]).await?;
        let Some(change) = told.first().and_then(|told| told.seen_by(&owner, &sight)) else { return Ok(Shown::default()) };
        let noun = if endpoint.expand { self.noun(&owner, &sight, event).await? } else { None };
        Ok(Shown { details: if event.data.is_null() { Value::Null } else { change.data }, noun })
    }

    async fn noun(&self, owner: &Asker, sight: &Sight, event: &Event) -> Result<Option<Value>, StoreError> {
        let (db, workspace) = (&self.db, owner.workspace);
        Ok(match event.kind.about() {
            About::Mailbox => json(read::mailbox::find(db, owner, Id::from_number(event.subject)).await?),
            About::Folder => json(read::folder::find(db, sight, Id::from_number(event.subject)).await?),
            About::Message => json(read::message::find(db, workspace, sight, Id::from_number(event.subject)).await?),
            About::Thread => json(read::thread::find(db, workspace, sight, Id::from_number(event.subject)).await?),
            About::Person => json(read::person::find(db, workspace, sight, Id::from_number(event.subject)).await?),
            About::Customer => json(read::customer::find(db, workspace, sight, Id::from_number(event.subject)).await?),
            About::Contact => json(read::contact::find(db, workspace, Id::from_number(event.subject)).await?),
            About::Outgoing => json(read::outgoing::find(db, workspace, sight, Id::from_number(event.subject)).await?),
            About::Delivery => json(store::delivery::find(db, Id::from_number(event.subject)).await?.map(view::Delivery::of)),
            About::CalendarEvent => json(read::calendar::event(db, owner, Id::from_number(event.subject)).await?),
            About::CalendarIntent => json(read::calendar_intent::find(db, owner, Id::from_number(event.subject)).await?),
            About::Archive => json(store::archive::find(db, Id::from_number(event.subject)).await?.map(view::Archive::of)),
            About::Endpoint => None,
        })
    }
}

fn is_of_calendar(event: &Event) -> bool {
    matches!(event.kind.about(), About::CalendarEvent | About::CalendarIntent)
}

fn json<T: serde::Serialize>(noun: Option<T>) -> Option<Value> {
    noun.and_then(|noun| serde_json::to_value(noun).ok())
}

#[async_trait]
impl Expand for OwnersView {
    async fn show(&self, endpoint: &Endpoint, event: &Event) -> Shown {
        match self.shown(endpoint, event).await {
            Ok(shown) => shown,
            Err(error) => {
                tracing::warn!(endpoint.id = %endpoint.id, "An event is told without its details, which the database did not give: {error}.");
                Shown::default()
            }
        }
    }
}
