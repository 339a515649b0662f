//! Not done: why something that was wanted at Microsoft was not done this time.

use std::time::Duration;

use base::Problem;
use graph::GraphError;
use store::StoreError;

/// Why a thing was not done.
pub(crate) enum NotDone {
    /// Microsoft did not let it.
    Graph(GraphError),
    /// The database did not.
    Store(StoreError),
    /// It is too early to tell whether it was done.
    Early(Duration),
    /// It cannot be done, ever.
    Impossible(Problem),
}

impl From<GraphError> for NotDone {
    fn from(error: GraphError) -> Self {
        NotDone::Graph(error)
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        NotDone::Store(error)
    }
}
