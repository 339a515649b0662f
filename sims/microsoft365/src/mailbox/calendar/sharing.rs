//! Who may see a calendar that is somebody else's (reference: Graph, section 8.8).

/// `calendarRoleType`, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum CalendarRole {
    None,
    FreeBusyRead,
    LimitedRead,
    Read,
    Write,
    DelegateWithoutPrivateEventAccess,
    DelegateWithPrivateEventAccess,
}

impl CalendarRole {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::FreeBusyRead,
        Self::LimitedRead,
        Self::Read,
        Self::Write,
        Self::DelegateWithoutPrivateEventAccess,
        Self::DelegateWithPrivateEventAccess,
    ];

    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::FreeBusyRead => "freeBusyRead",
            Self::LimitedRead => "limitedRead",
            Self::Read => "read",
            Self::Write => "write",
            Self::DelegateWithoutPrivateEventAccess => "delegateWithoutPrivateEventAccess",
            Self::DelegateWithPrivateEventAccess => "delegateWithPrivateEventAccess",
        }
    }

    /// Reads the JSON word, in any case.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word().eq_ignore_ascii_case(word))
    }
}

/// One entry of `calendarPermissions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its number in the calendar; never used twice.
    pub number: u32,
    /// The address of whoever has it; `None` is everybody in the organisation.
    pub address: Option<String>,
    /// The name shown.
    pub name: String,
    /// What it allows.
    pub role: CalendarRole,
}
