//! What a simulator is made with: its seed, its clock, and each behaviour that the reference leaves open as a setting.
//!
//! A setting whose facts are marked uncertain in the reference names both ways; its default is the likelier one.

use serde::{Deserialize, Serialize};

use crate::clock::ClockMode;

/// How a simulator behaves. Serialisable, so that a failing run can print what it was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Everything that is drawn comes from this number.
    pub seed: u64,
    /// How time passes.
    pub clock: ClockMode,
    /// Identity platform settings.
    pub identity: IdentityConfig,
    /// Throttling settings.
    pub limits: LimitsConfig,
    /// Graph settings.
    pub graph: crate::graph::config::GraphConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: ClockMode::Real,
            identity: IdentityConfig::default(),
            limits: LimitsConfig::default(),
            graph: crate::graph::config::GraphConfig::default(),
        }
    }
}

impl Config {
    /// A configuration for in-process tests: that seed and a manual clock.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, clock: ClockMode::manual(), ..Self::default() }
    }
}

/// Settings of the identity platform (reference: identity, sections 1 to 4 and 10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IdentityConfig {
    /// The authorize endpoint signs `login_hint` in and consents without showing a page.
    pub automatic_sign_in: bool,
    /// Seconds an access token lives, smallest and largest (reference 1.7: random 60 to 90 minutes).
    pub access_token_seconds: (u32, u32),
    /// Seconds an authorization code lives (reference 1.3: about 10 minutes).
    pub code_seconds: u32,
    /// Seconds without use after which a refresh token dies (reference 1.7: 90 days).
    pub refresh_token_idle_seconds: u64,
    /// A used refresh token dies (Microsoft's do not; reference 1.7: a strict mode is useful).
    pub single_use_refresh_tokens: bool,
    /// Descriptions are joined with `\r\n` as until about 2024, not with a space (reference 1.5).
    pub crlf_descriptions: bool,
    /// Unknown members are added to token answers (reference 10, "should").
    pub extra_members: bool,
    /// A removed sign-in also kills access tokens at once, as with continuous access evaluation (reference 3.4).
    pub continuous_access_evaluation: bool,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            automatic_sign_in: false,
            access_token_seconds: (3600, 5399),
            code_seconds: 600,
            refresh_token_idle_seconds: 90 * 86_400,
            single_use_refresh_tokens: false,
            crlf_descriptions: false,
            extra_members: false,
            continuous_access_evaluation: false,
        }
    }
}

/// Settings of the limits (reference: Graph, section 7.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LimitsConfig {
    /// Requests at once for one app and mailbox.
    pub concurrent: u32,
    /// How often a request over `concurrent` is refused (observed: about 0.13; the default is strict).
    pub concurrent_refusal_probability: f64,
    /// Requests for one app and mailbox in `window_seconds`.
    pub requests: u32,
    /// The window of `requests`, in seconds.
    pub window_seconds: u32,
    /// Bytes that one app and mailbox may upload in `upload_window_seconds`.
    pub upload_bytes: u64,
    /// The window of `upload_bytes`, in seconds.
    pub upload_window_seconds: u32,
    /// Refused requests count against `requests` (reference 7.6: they do).
    pub refused_count: bool,
    /// `Retry-After` is missing from a refusal (reference 7.6: some services omit it).
    pub omit_retry_after: bool,
    /// `Retry-After` carries a fraction (reference 7.6: for example `2.128`).
    pub fractional_retry_after: bool,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            concurrent: 4,
            concurrent_refusal_probability: 1.0,
            requests: 10_000,
            window_seconds: 600,
            upload_bytes: 150 * 1024 * 1024,
            upload_window_seconds: 300,
            refused_count: true,
            omit_retry_after: false,
            fractional_retry_after: false,
        }
    }
}
