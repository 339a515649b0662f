//! Asked: how far something is that Microsoft was to do, from the asking to what came of it.

use serde::{Deserialize, Serialize};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedState {
    /// It is still to be done.
    Waiting,
    /// It is done, or was so already.
    Done,
    /// It was not done, and will not be unless somebody asks again.
    Failed,
}

impl AskedState {
    /// All of them, in their order.
    pub const ALL: [AskedState; 3] = [AskedState::Waiting, AskedState::Done, AskedState::Failed];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            AskedState::Waiting => "waiting",
            AskedState::Done => "done",
            AskedState::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::AskedState;

    #[test]
    fn a_state_is_found_by_its_name() {
        for state in AskedState::ALL {
            assert_eq!(AskedState::named(state.name()), Some(state));
        }
        assert_eq!(AskedState::named("begun"), None);
    }
}
