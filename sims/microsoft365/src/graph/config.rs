//! How the simulated Graph behaves where the reference is unsure or where it says "sometimes".
//!
//! Each setting names the section it belongs to; the default is what the reference or a captured answer
//! makes likeliest.

use serde::{Deserialize, Serialize};

use crate::mailbox::store::MailboxRules;

/// What happens when `$top` is outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TopBeyondRange {
    /// The nearest allowed number is taken.
    Clamp,
    /// 400 `ErrorInvalidUrlQuery`.
    Refuse,
}

/// The order of the initial round of a message delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FirstRound {
    /// Newest received first.
    NewestFirst,
    /// Oldest received first.
    OldestFirst,
}

/// Whether the masters of series are in the delta of a calendar's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeriesInDelta {
    /// In every round, the first too (captured on a consumer mailbox).
    Always,
    /// In later rounds, when the series was changed as a whole.
    WhenChanged,
    /// Never: a client asks for a series by its id.
    Never,
}

/// Settings of Graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GraphConfig {
    /// Page size of message and folder lists without `$top` (reference 2.1: 10).
    pub list_page: usize,
    /// Largest `$top` of message and folder lists (reference 2.1: 1000).
    pub list_page_max: usize,
    /// What a `$top` outside 1 to `list_page_max` does (reference 14 speaks of a cap).
    pub top_beyond_range: TopBeyondRange,
    /// Query options are understood without their `$` (reference 2.1: by some).
    pub options_without_dollar: bool,
    /// A message is refused when its path names another folder than the one it lies in (reference 3.2, uncertain: not).
    pub folder_in_path_is_checked: bool,
    /// Most results of a `$search` (reference 2.5: 250 or 1,000).
    pub search_results_max: usize,
    /// `sizeInBytes` is a part of folders (captured, though missing in the schema's CSDL).
    pub folder_size_in_bytes: bool,
    /// Page size of a delta without `odata.maxpagesize` (reference 14: 10 to 200).
    pub delta_page: usize,
    /// Largest `odata.maxpagesize` (reference 4.3: 500 is what clients use).
    pub delta_page_max: usize,
    /// The order of the first round (reference 4.1: none is promised).
    pub delta_first_round: FirstRound,
    /// How often a delta page comes empty with a nextLink (reference 4.1: legal).
    pub delta_empty_page_probability: f64,
    /// A later round repeats this many log lines that its token has already seen (reference 4.1: replays).
    pub delta_replayed_lines: u64,
    /// An item that only changed its read flag comes as a partial object without etag (captured on a consumer mailbox).
    pub delta_partial_read_changes: bool,
    /// Counters count as changes of a folder in mailFolders/delta (reference 4.3, uncertain: they do).
    pub delta_folder_counts: bool,
    /// Seconds after which a delta token is refused; 0 is never (reference 4.2: no fixed lifetime).
    pub delta_token_seconds: u64,
    /// The code of an expired or evicted token (reference 4.2: `SyncStateNotFound` mostly).
    pub delta_expired_code: String,
    /// The status of an expired token (reference 4.2: 410 mostly, 400 sometimes).
    pub delta_expired_status: u16,
    /// The code of a whole token from another folder, mailbox, app or version (reference 4.2, uncertain).
    pub delta_foreign_code: String,
    /// The status of such a token (reference 1.5: 410 or 400).
    pub delta_foreign_status: u16,
    /// The code when the folder of a delta link is gone (reference 4.2: this or `ErrorItemNotFound`).
    pub delta_folder_gone_code: String,
    /// The 410 carries `Location` with the initial URL (reference 4.2: during maintenance).
    pub delta_expired_location: bool,
    /// Lines that a folder's change log keeps; older tokens have expired (reference 4.2: cache eviction).
    pub delta_log_lines_max: usize,
    /// Masters in calendarView/delta (reference 4.4: sources disagree).
    pub delta_series: SeriesInDelta,
    /// Occurrences in calendarView/delta are given in the zone of their series, whatever zone is preferred (captured).
    pub delta_stubs_in_own_zone: bool,
    /// `$select` is taken by the deltas of contacts and contact folders (reference 4.3: reported both ways, captured: it is).
    pub contact_delta_takes_select: bool,
    /// Most days of a calendar view (reference 8.3, uncertain: 1,825).
    pub calendar_view_days_max: i64,
    /// An event with a `transactionId` that another has is refused with 409; otherwise the other one is given (reference 8.1: either).
    pub repeated_transaction_conflicts: bool,
    /// Most messages in a delta restricted by `receivedDateTime` (reference 13.16: 5,000).
    pub delta_filtered_max: usize,
    /// `$top` limits the whole round of a message delta, not the page (observed, reference 13.21).
    pub delta_top_caps_round: bool,
    /// A reply under another subject starts another conversation (reference 13.4).
    pub conversations_split_by_subject: bool,
    /// A plain text body is served as text when no preference is given (reference 3.1: as HTML).
    pub text_bodies_stay_text: bool,
    /// Active content is taken out of HTML bodies, unless a request asks for what it is (reference 13.8). Off: bodies come as
    /// their senders wrote them, to see what a client does without that help.
    pub html_is_sanitised: bool,
    /// A purged message is still read by its immutable id (captured: it is, during retention).
    pub purged_messages_are_readable: bool,
    /// Selecting what Mail.ReadBasic hides is refused, not left out (reference 3.2, uncertain: 403).
    pub basic_select_refused: bool,
    /// The largest message that is taken, in bytes of MIME (reference 3.7: 35 MB by default, 1 to 150 MB).
    pub message_bytes_max: u64,
    /// The largest JSON body of a request (reference 1.5: 4 MB).
    pub request_bytes_max: usize,
    /// Milliseconds from `send` to delivery, smallest and largest (reference 14: 0.2 to 5 s).
    pub submission_delay_ms: (u64, u64),
    /// Milliseconds from delivery until the copy is in Sent Items, smallest and largest (reference 3.10: it can be late).
    pub sent_copy_delay_ms: (u64, u64),
    /// Until it is delivered, a draft that was handed over still looks like one (reference 3.10, uncertain: it is gone).
    pub sent_draft_lingers: bool,
    /// Subject, body and recipients of what is no draft can be changed (reference 3.3: observed, though not documented).
    pub sent_mail_is_writable: bool,
    /// Addresses and domains outside whose mail comes back, each with a status such as `5.1.1`.
    pub bouncing: Vec<(String, String)>,
    /// Added to a file's length in `size` of an attachment (reference 13.34: there is an overhead).
    pub attachment_overhead_bytes: usize,
    /// Answers of a batch come in a drawn order (reference 6: any order).
    pub batch_shuffled: bool,
    /// Largest lifetime of a mail subscription in minutes (observed: 10,070).
    pub subscription_minutes_max: i64,
    /// Shorter lifetimes are raised to this (reference 5.4: 45).
    pub subscription_minutes_min: i64,
    /// Notification addresses may be plain http, for tests on one machine (Graph wants https).
    pub subscription_http_addresses: bool,
    /// A move tells subscriptions of the whole mailbox `deleted` and `created`; otherwise `updated` (uncertain).
    pub notifications_of_moves_in_mailbox: bool,
    /// Seconds until a change is notified, smallest and largest (reference 14: 1 to 60).
    pub notification_delay_seconds: (u64, u64),
    /// How often a notification is sent twice (reference 14: 1 %).
    pub notification_duplicate_probability: f64,
    /// Most notifications in one POST.
    pub notifications_per_post_max: usize,
    /// Seconds after which a notification that nobody takes is given up (reference 5.7: 4 hours).
    pub notification_give_up_seconds: i64,
    /// First wait before a notification is tried again, in seconds; it doubles each time.
    pub notification_retry_seconds: i64,
    /// `reauthorizationRequired` is sent this many seconds before a subscription's end (reference 5.8: the last hour).
    pub reauthorization_notice_seconds: i64,
    /// It is sent too when the token that the subscription was made with nears its end (reference 5.7).
    pub reauthorization_for_tokens: bool,
    /// How many seconds before the token's end.
    pub token_notice_seconds: i64,
    /// And again each so many seconds (reference 5.8: roughly 15 minutes).
    pub reauthorization_repeat_seconds: i64,
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self {
            list_page: 10,
            list_page_max: 1000,
            top_beyond_range: TopBeyondRange::Clamp,
            options_without_dollar: true,
            folder_in_path_is_checked: false,
            search_results_max: 1000,
            folder_size_in_bytes: true,
            delta_page: 50,
            delta_page_max: 500,
            delta_first_round: FirstRound::NewestFirst,
            delta_empty_page_probability: 0.0,
            delta_replayed_lines: 0,
            delta_partial_read_changes: true,
            delta_folder_counts: true,
            delta_token_seconds: 0,
            delta_expired_code: "SyncStateNotFound".to_owned(),
            delta_expired_status: 410,
            delta_foreign_code: "SyncStateInvalid".to_owned(),
            delta_foreign_status: 410,
            delta_folder_gone_code: "ErrorSyncFolderNotFound".to_owned(),
            delta_expired_location: false,
            delta_log_lines_max: 1_000_000,
            delta_series: SeriesInDelta::WhenChanged,
            delta_stubs_in_own_zone: true,
            contact_delta_takes_select: true,
            calendar_view_days_max: 1825,
            repeated_transaction_conflicts: false,
            delta_filtered_max: 5000,
            delta_top_caps_round: true,
            conversations_split_by_subject: true,
            text_bodies_stay_text: false,
            html_is_sanitised: true,
            purged_messages_are_readable: true,
            basic_select_refused: true,
            message_bytes_max: 35 * 1024 * 1024,
            request_bytes_max: 4 * 1024 * 1024,
            submission_delay_ms: (200, 5000),
            sent_copy_delay_ms: (0, 1000),
            sent_draft_lingers: false,
            sent_mail_is_writable: false,
            bouncing: Vec::new(),
            attachment_overhead_bytes: 195,
            batch_shuffled: true,
            subscription_minutes_max: 10_070,
            subscription_minutes_min: 45,
            subscription_http_addresses: true,
            notifications_of_moves_in_mailbox: true,
            notification_delay_seconds: (1, 5),
            notification_duplicate_probability: 0.01,
            notifications_per_post_max: 20,
            notification_give_up_seconds: 4 * 3600,
            notification_retry_seconds: 10,
            reauthorization_notice_seconds: 3600,
            reauthorization_for_tokens: true,
            token_notice_seconds: 600,
            reauthorization_repeat_seconds: 900,
        }
    }
}

impl GraphConfig {
    /// The largest message that is taken: an administrator can't allow more than 150 MB (reference 1.5 and 3.7).
    pub fn message_bytes_max(&self) -> u64 {
        self.message_bytes_max.min(150 * 1024 * 1024)
    }

    /// The rules that a mailbox is made with.
    pub fn mailbox_rules(&self) -> MailboxRules {
        MailboxRules {
            log_lines_max: self.delta_log_lines_max,
            conversations_split_by_subject: self.conversations_split_by_subject,
            text_bodies_stay_text: self.text_bodies_stay_text,
        }
    }
}
