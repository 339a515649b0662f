//! The settings of a mailbox at Microsoft, as the outside reads and changes them.

use graph::mail::settings as theirs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::word;

/// What the mailbox's owner has set at Microsoft. In a change, what is left out or `null` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailboxSettings {
    /// Replies that go out by themselves.
    pub automatic_replies: Option<AutomaticReplies>,
    /// The time zone: a name of Windows, such as `W. Europe Standard Time`, or of the IANA database.
    #[schema(max_length = 100)]
    pub time_zone: Option<String>,
    /// The language, such as `de-DE`.
    #[schema(max_length = 35)]
    pub language: Option<String>,
    /// How dates are written, such as `dd.MM.yyyy`.
    #[schema(max_length = 100)]
    pub date_format: Option<String>,
    /// How times are written, such as `HH:mm`.
    #[schema(max_length = 100)]
    pub time_format: Option<String>,
    /// When its owner works.
    pub working_hours: Option<WorkingHours>,
    /// What it is for, such as `user`, `shared` or `room`. Microsoft says so; it cannot be changed.
    #[schema(read_only)]
    pub purpose: Option<String>,
}

/// Replies that Exchange sends by itself, one to each sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AutomaticReplies {
    /// Whether they are sent.
    pub status: Option<RepliesStatus>,
    /// Who outside the organisation gets one.
    pub external_audience: Option<RepliesAudience>,
    /// What colleagues are told: HTML as its author wrote it. Clean it before you show it.
    #[schema(max_length = 100_000)]
    pub internal_message: Option<String>,
    /// What others are told: HTML as its author wrote it. Clean it before you show it.
    #[schema(max_length = 100_000)]
    pub external_message: Option<String>,
    /// From when on, if they are scheduled.
    pub starts: Option<ZonedTime>,
    /// Until when.
    pub ends: Option<ZonedTime>,
}

/// Whether automatic replies are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepliesStatus {
    /// They are not.
    Disabled,
    /// They are.
    AlwaysEnabled,
    /// They are, from a time to another.
    Scheduled,
}

/// Who outside the organisation gets automatic replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepliesAudience {
    /// Nobody.
    None,
    /// Whoever is among the owner's contacts.
    ContactsOnly,
    /// Everybody.
    All,
}

/// A time where a clock shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ZonedTime {
    /// Date and time there, without an offset.
    #[schema(max_length = 40, example = "2026-12-24T12:00:00")]
    pub date_time: String,
    /// The time zone: a name of Windows or of the IANA database.
    #[schema(max_length = 100, example = "Europe/Berlin")]
    pub time_zone: String,
}

/// When somebody works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkingHours {
    /// On which days.
    #[schema(max_items = 7)]
    pub days: Option<Vec<Weekday>>,
    /// From when on, such as `08:00`.
    #[schema(max_length = 8)]
    pub start: Option<String>,
    /// Until when.
    #[schema(max_length = 8)]
    pub end: Option<String>,
    /// In which time zone. One of the owner's own making has the name `Customized Time Zone`.
    #[schema(max_length = 100)]
    pub time_zone: Option<String>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "days are known")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl MailboxSettings {
    /// As Microsoft tells them.
    pub(crate) fn of(settings: theirs::MailboxSettings) -> Self {
        MailboxSettings {
            automatic_replies: settings.automatic_replies_setting.map(AutomaticReplies::of),
            time_zone: settings.time_zone,
            language: settings.language.and_then(|language| language.locale),
            date_format: settings.date_format,
            time_format: settings.time_format,
            working_hours: settings.working_hours.map(WorkingHours::of),
            purpose: settings.user_purpose,
        }
    }

    /// What shall be different, as Graph takes it.
    pub(crate) fn into_graph(self) -> theirs::MailboxSettings {
        theirs::MailboxSettings {
            automatic_replies_setting: self.automatic_replies.map(AutomaticReplies::into_graph),
            time_zone: self.time_zone,
            language: self.language.map(|locale| theirs::Language { locale: Some(locale) }),
            date_format: self.date_format,
            time_format: self.time_format,
            working_hours: self.working_hours.map(WorkingHours::into_graph),
            user_purpose: None,
        }
    }

    /// The names of what shall be different.
    pub(crate) fn named(&self) -> Vec<&'static str> {
        let named = [
            ("automatic_replies", self.automatic_replies.is_some()),
            ("time_zone", self.time_zone.is_some()),
            ("language", self.language.is_some()),
            ("date_format", self.date_format.is_some()),
            ("time_format", self.time_format.is_some()),
            ("working_hours", self.working_hours.is_some()),
        ];
        named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
    }
}

impl AutomaticReplies {
    fn of(replies: theirs::AutomaticReplies) -> Self {
        AutomaticReplies {
            status: replies.status.as_deref().and_then(word::from_graph),
            external_audience: replies.external_audience.as_deref().and_then(word::from_graph),
            internal_message: replies.internal_reply_message,
            external_message: replies.external_reply_message,
            starts: replies.scheduled_start_date_time.map(ZonedTime::of),
            ends: replies.scheduled_end_date_time.map(ZonedTime::of),
        }
    }

    fn into_graph(self) -> theirs::AutomaticReplies {
        let time = |time: ZonedTime| theirs::ZonedTime { date_time: Some(time.date_time), time_zone: Some(time.time_zone) };
        theirs::AutomaticReplies {
            status: self.status.as_ref().map(word::to_graph),
            external_audience: self.external_audience.as_ref().map(word::to_graph),
            internal_reply_message: self.internal_message,
            external_reply_message: self.external_message,
            scheduled_start_date_time: self.starts.map(time),
            scheduled_end_date_time: self.ends.map(time),
        }
    }
}

impl ZonedTime {
    fn of(time: theirs::ZonedTime) -> Self {
        let date_time = time.date_time.unwrap_or_default();
        let whole = date_time.split('.').next().unwrap_or_default().to_owned();
        ZonedTime { date_time: whole, time_zone: time.time_zone.unwrap_or_default() }
    }
}

impl WorkingHours {
    fn of(hours: theirs::WorkingHours) -> Self {
        let clock = |time: String| {
            time.split('.').next().map(|time| time.strip_suffix(":00").filter(|time| time.contains(':')).unwrap_or(time).to_owned())
        };
        WorkingHours {
            days: hours.days_of_week.map(|days| days.iter().filter_map(|day| word::from_graph(day)).collect()),
            start: hours.start_time.and_then(clock),
            end: hours.end_time.and_then(clock),
            time_zone: hours.time_zone.and_then(|zone| zone.name),
        }
    }

    fn into_graph(self) -> theirs::WorkingHours {
        let clock = |time: String| if time.len() == 5 { format!("{time}:00.0000000") } else { format!("{time}.0000000") };
        theirs::WorkingHours {
            days_of_week: self.days.map(|days| days.iter().map(word::to_graph).collect()),
            start_time: self.start.map(clock),
            end_time: self.end.map(clock),
            time_zone: self.time_zone.map(|name| theirs::ZoneName { name: Some(name) }),
        }
    }

    /// Whether the times of day are written as times of day.
    pub(crate) fn is_readable(&self) -> bool {
        let bounds = [&self.start, &self.end];
        bounds.into_iter().flatten().all(|time| is_clock(time))
    }
}

/// Whether a text is a time of day: `08:00` or `08:00:30`.
fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let below = |part: &str, end: u8| {
        part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u8>().is_ok_and(|number| number < end)
    };
    match parts.as_slice() {
        [hour, rest @ ..] => below(hour, 24) && (1..=2).contains(&rest.len()) && rest.iter().all(|part| below(part, 60)),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_go_both_ways_and_what_is_not_named_is_not_sent() {
        let told = json!({
            "automaticRepliesSetting": {
                "status": "scheduled", "externalAudience": "contactsOnly", "internalReplyMessage": "<p>in</p>", "externalReplyMessage": "",
                "scheduledStartDateTime": {"dateTime": "2026-12-24T12:00:00.0000000", "timeZone": "UTC"},
                "scheduledEndDateTime": {"dateTime": "2026-12-27T12:00:00.0000000", "timeZone": "UTC"},
            },
            "language": {"locale": "de-DE", "displayName": "German"}, "userPurpose": "user", "archiveFolder": "x",
            "workingHours": {"daysOfWeek": ["monday"], "startTime": "08:00:00.0000000", "endTime": "17:00:30.0000000", "timeZone": {"name": "UTC"}},
        });
        let ours = MailboxSettings::of(serde_json::from_value(told).unwrap());
        let hours = ours.working_hours.clone().unwrap();
        assert_eq!((hours.start.as_deref(), hours.end.as_deref(), hours.is_readable()), (Some("08:00"), Some("17:00:30"), true));
        assert_eq!((ours.purpose.as_deref(), ours.time_zone.as_deref()), (Some("user"), None));
        let sent = serde_json::to_value(ours.into_graph()).unwrap();
        assert_eq!(sent["automaticRepliesSetting"]["externalAudience"], "contactsOnly");
        assert_eq!(sent["workingHours"]["endTime"], "17:00:30.0000000");
        assert_eq!((sent.get("userPurpose"), sent.get("timeZone")), (None, None));
    }

    #[test]
    fn a_time_of_day_is_one() {
        for (text, is_one) in
            [("08:00", true), ("23:59:59", true), ("24:00", false), ("8:00", false), ("08", false), ("08:00:00:00", false), ("", false)]
        {
            assert_eq!(is_clock(text), is_one, "{text}");
        }
    }
}
