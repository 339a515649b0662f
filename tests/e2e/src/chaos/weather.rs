//! Weather: which faults strike, where the program is stopped, and how the simulator behaves where nobody knows better.

use microsoft365_sim::Config;
use microsoft365_sim::faults::{Fault, FaultKind, Matcher, Schedule, Trigger};

use super::Chaos;
use crate::random::Random;

/// Where the program is stopped: every commit that the loops and Microsoft's notifications make.
pub const COMMIT_POINTS: [&str; 25] = [
    "audit.folder",
    "audit.mailbox",
    "connection.stop",
    "decide.announce",
    "decide.customers",
    "decide.search",
    "decide.threads",
    "grant.rotate",
    "hints.ask",
    "hints.follow",
    "hints.settle",
    "hooks.notification",
    "mailbox.resume",
    "mailbox.stop",
    "mailbox.synced",
    "pull.attachments",
    "pull.folders",
    "pull.page",
    "pull.piece",
    "pull.resync",
    "pull.sweep",
    "subscription.create",
    "subscription.renew",
    "work.claim",
    "work.settle",
];
/// Commit points that few schedules reach: they have their turn more often.
pub(super) const RARE: [&str; 15] = [
    "pull.sweep",
    "pull.sweep",
    "pull.resync",
    "pull.sweep",
    "hints.ask",
    "mailbox.stop",
    "mailbox.resume",
    "connection.stop",
    "mailbox.synced",
    "pull.piece",
    "pull.sweep",
    "hints.ask",
    "pull.piece",
    "pull.resync",
    "pull.sweep",
];
pub(super) fn draw_config(config: &mut Config, random: &mut Random) {
    config.graph.delta_empty_page_probability = *random.choose(&[0.0, 0.2]);
    config.graph.delta_replayed_lines = *random.choose(&[0, 0, 3]);
    config.graph.delta_partial_read_changes = random.one_in(2);
    config.graph.delta_log_lines_max = *random.choose(&[1_000_000, 1_000_000, 6]);
    config.graph.delta_expired_status = *random.choose(&[410, 410, 400]);
    config.graph.purged_messages_are_readable = random.one_in(2);
    config.graph.subscription_http_addresses = true;
    config.limits.fractional_retry_after = random.one_in(4);
    config.limits.omit_retry_after = random.one_in(4);
}

/// The fault without which a commit point is hardly ever reached.
fn fault_for(target: &str, nth: u64) -> Option<Fault> {
    let (path, kind) = match target {
        "pull.resync" | "pull.sweep" => ("*messages/delta*", FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".to_owned() }),
        "connection.stop" => ("/v1.0/*", FaultKind::GrantRevoked),
        "mailbox.stop" | "mailbox.resume" => ("*messages/delta*", FaultKind::MailboxRefused),
        _ => return None,
    };
    let matches = Matcher { path: Some(path.to_owned()), ..Matcher::default() };
    Some(Fault { matches, trigger: Trigger::Nth { nth: nth / 3, times: 4 }, kind })
}

impl Chaos {
    pub(super) fn draw_faults(&mut self, seed: u64, target: &str) -> Schedule {
        let retry_after_ms = Some(1000);
        let kinds = [
            FaultKind::Throttled { retry_after_ms },
            FaultKind::Throttled { retry_after_ms: None },
            FaultKind::ServerError { empty: false },
            FaultKind::Unavailable { empty: true, retry_after_ms: None },
            FaultKind::Unavailable { empty: false, retry_after_ms },
            FaultKind::GatewayTimeout,
            FaultKind::GatewayTimeoutAfter,
            FaultKind::Latency { min_ms: 200, max_ms: 90_000 },
            FaultKind::ResetBefore,
            FaultKind::AnswerLost,
            FaultKind::TruncatedBody,
            FaultKind::TokenExpired,
            FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".to_owned() },
            FaultKind::DeltaExpired { status: 400, code: "resyncRequired".to_owned() },
            FaultKind::MailboxRefused,
            FaultKind::GrantRevoked,
            FaultKind::NotificationLate { by_ms: 45_000 },
            FaultKind::NotificationTwice,
            FaultKind::NotificationOutOfOrder,
            FaultKind::NotificationNever,
        ];
        let mut faults = Vec::new();
        for _ in 0..2 + self.random.below(5) {
            let kind = self.random.choose(&kinds).clone();
            let rare = matches!(kind, FaultKind::MailboxRefused | FaultKind::GrantRevoked | FaultKind::TokenExpired);
            let path = self.random.choose(&["/v1.0/*", "*messages/delta*", "*mailFolders/delta*", "/v1.0/*"]);
            let path = (!kind.is_of_notifications()).then(|| (*path).to_owned());
            let trigger = if rare || self.random.one_in(3) {
                Trigger::Nth { nth: 1 + self.random.below(25) as u64, times: if rare { 1 } else { 1 + self.random.below(3) as u64 } }
            } else {
                Trigger::Chance { probability: 0.02 + 0.02 * self.random.below(5) as f64 }
            };
            faults.push(Fault { matches: Matcher { path, ..Matcher::default() }, trigger, kind });
        }
        faults.extend(fault_for(target, 4 + self.random.below(30) as u64));
        Schedule { seed, faults }
    }
}
