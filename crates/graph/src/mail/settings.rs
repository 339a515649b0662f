//! The settings of a mailbox: automatic replies, time zone, working hours, language, formats.
//!
//! `GET` and `PATCH {mailbox}/mailboxSettings` (graph.md 3.12); a `PATCH` changes what it names, in nested objects too, and answers
//! 200. Time zones are Windows or IANA names, times of day `08:00:00.0000000`. Automatic replies can only be scheduled for the future:
//! 400 `ErrorInvalidTimeSettings`, `InvalidTimeZone` or `InvalidArguments` otherwise. Needs MailboxSettings.Read, to change them
//! .ReadWrite (12.2).

use super::optional::optional;
use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::mailbox_path;

optional! {
    /// `mailboxSettings`: as they are, or as far as they shall be different.
    MailboxSettings {
        /// Replies that go out by themselves.
        automatic_replies_setting: AutomaticReplies,
        /// The time zone: a Windows or an IANA name.
        time_zone: String,
        /// The language.
        language: Language,
        /// The working hours.
        working_hours: WorkingHours,
        /// How dates are written, such as `dd.MM.yyyy`.
        date_format: String,
        /// How times are written, such as `HH:mm`.
        time_format: String,
        /// What the mailbox is for: `user`, `shared`, `room` and others. Set by Exchange.
        user_purpose: String,
    }

    /// `automaticRepliesSetting`
    AutomaticReplies {
        /// `disabled`, `alwaysEnabled` or `scheduled`.
        status: String,
        /// Who outside gets one: `none`, `contactsOnly` or `all`.
        external_audience: String,
        /// What colleagues are told, in HTML.
        internal_reply_message: String,
        /// What others are told, in HTML.
        external_reply_message: String,
        /// From when on, if they are scheduled.
        scheduled_start_date_time: ZonedTime,
        /// Until when.
        scheduled_end_date_time: ZonedTime,
    }

    /// `dateTimeTimeZone`
    ZonedTime {
        /// Date and time there, without an offset.
        date_time: String,
        /// The time zone: a Windows or an IANA name.
        time_zone: String,
    }

    /// `localeInfo`
    Language {
        /// Its code, such as `de-DE`.
        locale: String,
    }

    /// `workingHours`
    WorkingHours {
        /// Days in small letters, such as `monday`.
        days_of_week: Vec<String>,
        /// When work begins.
        start_time: String,
        /// When it ends.
        end_time: String,
        /// In which time zone.
        time_zone: ZoneName,
    }

    /// `timeZoneBase`: of a time zone of the mailbox's own making only that it is one.
    ZoneName {
        /// A Windows or an IANA name; `Customized Time Zone` for one of its own making.
        name: String,
    }
}

/// The settings as they are.
///
/// # Errors
/// [`GraphError`].
pub async fn find(client: &Client, access: &Access) -> Result<MailboxSettings, GraphError> {
    client.call(access, Call::get(mailbox_path(access).literal("mailboxSettings"))).await?.json()
}

/// Changes what is named of the settings. What Microsoft answers need not be all of them.
///
/// # Errors
/// [`GraphError`].
pub async fn update(client: &Client, access: &Access, wanted: &MailboxSettings) -> Result<(), GraphError> {
    client.call(access, Call::patch(mailbox_path(access).literal("mailboxSettings")).json(wanted)).await.map(drop)
}
