//! Changes: what people and Microsoft do to the mailboxes while the product looks.

use microsoft365_sim::control::Delivery;
use microsoft365_sim::graph::subscriptions::Lifecycle;
use microsoft365_sim::mailbox::store::DeliverOptions;
use store::{mailbox, subscription};

use super::{Chaos, MAILBOXES};
use crate::world::WORKSPACE;

const FOLDERS: [&str; 4] = ["inbox", "archive", "sentitems", "deleteditems"];

impl Chaos {
    /// One change at Microsoft.
    pub(super) async fn change(&mut self) {
        let (address, _, _) = *self.random.choose(&MAILBOXES);
        let any = self.any_message(address);
        let what = self.random.below(13);
        match (what, any) {
            (12, _) => self.announce(address).await,
            (0..=3, _) | (4..=9, None) => drop(self.deliver(address)),
            (4..=5, Some(id)) => self.move_message(address, &id),
            (6, Some(id)) => {
                let read = self.random.one_in(2);
                let _ = self.world.sim.control().mark_read(address, &id, read);
            }
            (7, Some(id)) => {
                let flag = *self.random.choose(&["flagged", "complete", "notFlagged"]);
                let _ = self.world.sim.control().flag(address, &id, flag);
            }
            (8..=9, Some(id)) => {
                let for_good = self.random.one_in(2);
                let _ = self.world.sim.control().delete_message(address, &id, for_good);
            }
            _ => self.change_folders(address),
        }
        self.trace.push(format!("change {what}"));
    }

    /// Microsoft says that something is the matter with a subscription.
    async fn announce(&mut self, address: &str) {
        let event = *self.random.choose(&[Lifecycle::Missed, Lifecycle::SubscriptionRemoved, Lifecycle::ReauthorizationRequired]);
        let mailboxes = mailbox::list(&self.world.house.db, WORKSPACE).await.expect("mailboxes are listed");
        let Some(mailbox) = mailboxes.iter().find(|mailbox| mailbox.address == address) else { return };
        if let Some(known) = subscription::find(&self.world.house.db, mailbox.id).await.expect("subscriptions are read") {
            self.world.sim.control().announce(&known.graph_id, event);
        }
    }

    fn any_message(&mut self, address: &str) -> Option<String> {
        let state = self.world.sim.control().state(address).expect("the mailbox is there");
        let ids: Vec<String> = state.folders.into_iter().flat_map(|folder| folder.messages).map(|message| message.id).collect();
        if ids.is_empty() { None } else { Some(self.random.choose(&ids).clone()) }
    }

    fn any_folder(&mut self, address: &str) -> String {
        let state = self.world.sim.control().state(address).expect("the mailbox is there");
        let own: Vec<String> =
            state.folders.into_iter().filter(|folder| folder.well_known.is_none() && !folder.is_hidden).map(|folder| folder.id).collect();
        if own.is_empty() || self.random.one_in(2) { (*self.random.choose(&FOLDERS)).to_owned() } else { self.random.choose(&own).clone() }
    }

    pub(super) fn deliver(&mut self, address: &str) -> Option<Delivery> {
        self.messages += 1;
        let number = self.messages;
        let body = if self.random.one_in(3) { "<p>See <img src=\"cid:logo\"></p>" } else { "Plain words." };
        let message = serde_json::json!({
            "subject": format!("unique{number}word about tender {}", number % 5),
            "from": {"emailAddress": {"name": "Bo Berg", "address": "bo@acme.example"}},
            "toRecipients": [{"emailAddress": {"address": address}}],
            "body": {"contentType": "html", "content": body},
        });
        let folder = self.any_folder(address);
        self.world.sim.control().deliver_json(address, &folder, &message, DeliverOptions::default()).ok()
    }

    fn move_message(&mut self, address: &str, id: &str) {
        let folder = self.any_folder(address);
        let _ = self.world.sim.control().move_message(address, id, &folder);
    }

    fn change_folders(&mut self, address: &str) {
        let control = self.world.sim.control();
        let state = control.state(address).expect("the mailbox is there");
        let own: Vec<String> = state.folders.into_iter().filter(|f| f.well_known.is_none() && !f.is_hidden).map(|f| f.id).collect();
        self.folders += 1;
        let name = format!("Folder {}", self.folders);
        match (self.random.below(5), own.is_empty()) {
            (0..=1, _) | (_, true) => {
                let parent =
                    if own.is_empty() || self.random.one_in(2) { "msgfolderroot".to_owned() } else { self.random.choose(&own).clone() };
                let _ = control.create_folder(address, &parent, &name);
            }
            (2, false) => {
                let _ = control.rename_folder(address, &self.random.choose(&own).clone(), &name);
            }
            (3, false) => {
                let parent = self.random.choose(&["msgfolderroot", "inbox"]);
                let folder = self.random.choose(&own).clone();
                let _ = control.move_folder(address, &folder, parent);
            }
            _ => {
                let (folder, for_good) = (self.random.choose(&own).clone(), self.random.one_in(2));
                let _ = control.delete_folder(address, &folder, for_good);
            }
        }
    }
}
