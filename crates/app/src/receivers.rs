//! Receivers: tells the API what endpoints can be and what they are told, as the room that calls them has it.

use api::Outside;
use base::Secret;
use model::archive::Target;
use model::event::{Event, EventKind};
use outbound::{ArchiveSettings, Reach, Shown, SigningSecret};
use serde_json::Value;
use url::Url;

use crate::config::Settings;
use crate::wire;

/// What is known of receivers.
#[derive(Clone, Debug)]
pub struct Receivers {
    reach: Reach,
    archives: ArchiveSettings,
    base_url: Url,
}

impl Receivers {
    /// For a server of these settings.
    pub fn new(settings: &Settings) -> Self {
        Receivers { reach: wire::reach(settings), archives: wire::archive_settings(settings), base_url: settings.server.base_url.clone() }
    }
}

impl Outside for Receivers {
    fn read(&self, address: &str) -> Result<Url, String> {
        self.reach.read(address).map_err(|forbidden| forbidden.to_string())
    }

    fn judge_archive(&self, target: &Target) -> Result<(), String> {
        outbound::judge_archive(&self.archives, target)
    }

    fn new_secret(&self) -> Secret<String> {
        SigningSecret::generate().write()
    }

    fn envelope(&self, event: &Event, details: Value) -> Value {
        outbound::envelope(&self.base_url, event, None, false, Shown { details, noun: None })
    }

    fn sample(&self, kind: EventKind) -> Value {
        outbound::sample(&self.base_url, kind)
    }
}
