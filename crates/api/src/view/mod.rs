//! Views: the nouns as the outside reads them. A view holds only what its asker may see; what they may not is `null`.

mod archive;
mod availability;
mod calendar;
mod calendar_feed;
mod calendar_intent;
mod contact;
mod customer;
mod endpoint;
mod folder;
pub mod id;
mod instruction;
mod job;
mod key;
mod mailbox;
mod mailbox_settings;
mod message;
mod outgoing;
mod rule;
mod search;
mod template;
mod thread;
mod tracking;
mod word;
mod workspace;

pub use archive::{Archive, ArchiveFormat, ArchiveMissing, ArchiveTarget, ArchiveTls};
pub use availability::{
    AttendeeAvailability, Availability, AvailabilityQuery, MeetingTime, MeetingTimeQuery, MeetingTimes, PersonAvailability, TakenTime,
    WantedAttendee,
};
pub use calendar::{Attendee, Calendar, CalendarEvent, CalendarEventKind, MeetingResponse};
pub use calendar_feed::{CalendarFeed, FeedDetails, MadeCalendarFeed};
pub use calendar_intent::{
    AttendeeRole, CalendarEventChange, CalendarIntent, CalendarShowAs, Cancellation, InvitationAnswer, MeetingAnswer, NewAttendee,
    NewCalendarEvent, ProposedTime,
};
pub use contact::{
    Contact, ContactBook, ContactEvidence, ContactPhone, ContactProposal, ContactSaying, ContactSync, ContactSyncLine, LeftOut,
    SourceContact, UnusablePhone, WholeContact, WrittenBack, WrittenPart,
};
pub use customer::{Address, Customer, Domain, Person, TimelineEntry};
pub use endpoint::{Attempt, Delivery, Endpoint, NewEndpoint};
pub use folder::{Folder, MadeFolder};
pub use id::*;
pub use instruction::{Deletion, HowFar, Instructed, Instruction, MailImportance, MessageFlag, WantedDeed};
pub use job::Job;
pub use key::{Key, MadeKey};
pub use mailbox::{Mailbox, Problem};
pub use mailbox_settings::{AutomaticReplies, MailboxSettings, RepliesAudience, RepliesStatus, Weekday, WorkingHours, ZonedTime};
pub use message::{Attachment, Body, HeaderLine, Message, Part, Participant};
pub use outgoing::{Enclosed, File, MailPreview, Outgoing};
pub(crate) use rule::FolderIds;
pub use rule::{Rule, RuleActions, RuleConditions, RuleFlag, RuleSensitivity, RuleSizes};
pub use search::{Clause, Found};
pub use template::{Signature, Template, TemplatePreview};
pub use thread::{Filing, Holder, Join, Thread, ThreadMessage};
pub use tracking::{
    ClickedLink, MailboxFigures, Opened, OptOut, Replied, Touch, TrackedCopy, TrackedLink, Tracking, TrackingFigures, TrackingReport,
    TrackingSettings,
};
pub use workspace::{Exclusion, Workspace};
