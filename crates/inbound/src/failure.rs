//! Failure: why a step of a pull did not succeed. Microsoft's refusals are answered where they are met, by beginning anew or by trying
//! again; the database's are for whoever runs the unit.

use graph::GraphError;
use store::StoreError;

/// A step that did not succeed.
pub(crate) enum Failure {
    /// Microsoft did not give what was asked for.
    Graph(GraphError),
    /// The database did not take what was found.
    Store(StoreError),
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Failure::Graph(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}
