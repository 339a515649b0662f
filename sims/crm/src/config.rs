//! What a simulator is made with: its seed, its clock, and each behaviour that the references leave open as a setting.
//!
//! A setting whose facts are uncertain names both ways; its default is the one that spares a client less.

use serde::{Deserialize, Serialize};

use crate::clock::ClockMode;
use crate::faults::Rates;
use crate::google::Client;

/// How a simulator behaves. Serialisable, so that a failing run can print what it was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Everything that is drawn comes from this number.
    pub seed: u64,
    /// How time passes.
    pub clock: ClockMode,
    /// Google's side.
    pub google: GoogleConfig,
    /// WhatsApp's side.
    pub whatsapp: WhatsappConfig,
    /// How often what goes wrong.
    pub faults: Rates,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: ClockMode::Real,
            google: GoogleConfig::default(),
            whatsapp: WhatsappConfig::default(),
            faults: Rates::default(),
        }
    }
}

impl Config {
    /// A configuration for in-process tests: that seed, a manual clock, sign-in without pages.
    pub fn seeded(seed: u64) -> Self {
        let google = GoogleConfig { automatic_sign_in: true, ..GoogleConfig::default() };
        Self { seed, clock: ClockMode::manual(), google, ..Self::default() }
    }
}

/// How many requests in how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Requests, for one account.
    pub requests: u32,
    /// Seconds.
    pub window_seconds: u64,
}

/// Google's settings (reference: integrations, section 5.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GoogleConfig {
    /// The apps that are registered.
    pub clients: Vec<Client>,
    /// `login_hint` signs in and consents without a page.
    pub automatic_sign_in: bool,
    /// Seconds an access token lives; answers say one less, as Google's do.
    pub access_token_seconds: u64,
    /// Seconds an authorization code lives.
    pub code_seconds: u64,
    /// The app is in testing: refresh tokens die after these seconds, and token answers say so. Google's are 604,800.
    pub refresh_token_seconds: Option<u64>,
    /// Refresh tokens of one account and client; one more kills the oldest without a word (Google's is 100).
    pub refresh_tokens_max: usize,
    /// Seconds after the full sync at which its sync tokens die.
    pub sync_token_seconds: u64,
    /// Seconds until a write is seen by lists, smallest and largest.
    pub propagation_seconds: (u64, u64),
    /// The extra quota for the first page of a full sync; none if `None`. Its real size is not documented.
    pub full_sync_quota: Option<Quota>,
    /// The ordinary quota of reads; none if `None`.
    pub read_quota: Option<Quota>,
    /// A merge gives the person a new resource name. Otherwise the kept one stays.
    pub merge_renames: bool,
    /// Names that a person had before are also told as deleted persons (not documented; off by default).
    pub former_names_deleted: bool,
    /// `metadata.deleted` is answered though `metadata` is not in `personFields` (not documented; off is stricter).
    pub deletion_without_metadata_field: bool,
}

impl Default for GoogleConfig {
    fn default() -> Self {
        Self {
            clients: vec![Client::default()],
            automatic_sign_in: false,
            access_token_seconds: 3600,
            code_seconds: 600,
            refresh_token_seconds: None,
            refresh_tokens_max: 100,
            sync_token_seconds: 7 * 86_400,
            propagation_seconds: (0, 0),
            full_sync_quota: None,
            read_quota: None,
            merge_renames: true,
            former_names_deleted: false,
            deletion_without_metadata_field: false,
        }
    }
}

/// WhatsApp's settings (reference: integrations, section 5.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WhatsappConfig {
    /// What signs the calls.
    pub app_secret: String,
    /// What the handshake shows.
    pub verify_token: String,
    /// Path and query of the receiver; over HTTP the whole address comes from the command line.
    pub webhook_path: String,
    /// The WhatsApp Business account (WABA).
    pub business_account_id: String,
    /// The business's number, by its id.
    pub phone_number_id: String,
    /// The business's number, digits only.
    pub display_phone_number: String,
    /// Calls name people by business-scoped user ids (2026) beside their numbers.
    pub user_ids: bool,
    /// Calls also carry parent user ids (`US.ENT.…`), as for linked business portfolios.
    pub parent_user_ids: bool,
    /// How many notes one call may carry at most; several are laid in one change, in several, or in several entries.
    pub notes_per_call_max: usize,
    /// Seconds before the first repetition of a call that was not answered 200.
    pub retry_seconds: u64,
    /// Each further pause is so many times the one before.
    pub retry_factor: u64,
    /// No pause is longer than these seconds.
    pub retry_seconds_max: u64,
    /// Seconds after which Meta gives a call up (7 days).
    pub give_up_seconds: u64,
}

impl Default for WhatsappConfig {
    fn default() -> Self {
        Self {
            app_secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
            verify_token: "simulated-verify-token".to_owned(),
            webhook_path: "/webhooks/whatsapp".to_owned(),
            business_account_id: "102290129340398".to_owned(),
            phone_number_id: "106540352242922".to_owned(),
            display_phone_number: "15550783881".to_owned(),
            user_ids: true,
            parent_user_ids: false,
            notes_per_call_max: 1,
            retry_seconds: 5,
            retry_factor: 3,
            retry_seconds_max: 6 * 3600,
            give_up_seconds: 7 * 86_400,
        }
    }
}
