//! The archivist: what it needs, and what one unit of its work is.
//!
//! What belongs to an archive is listed first, page by page, then brought out. Nothing is written down as brought out before it
//! surely is: files are on the disk (`fsync`) and under their names, objects and reports were taken by the other side. So a crash
//! repeats at most what was under way:
//!
//! | target | what the crash leaves | what is done then |
//! |---|---|---|
//! | files, maildir | whole files that no row tells of; parts under other names | whole ones are read and kept; the rest is written anew |
//! | mbox | an end that no row tells of | it is cut off and written anew |
//! | bucket | at most one object that no row tells of | it is put once more under the same key |
//! | mail server | at most one report that no row tells of | it is sent once more with the same `Message-ID` |

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use graph::Client;
use model::archive::ArchiveState;
use store::vault::Vault;
use store::work::{self, Lease};
use store::{Db, Ending, StoreError, Transaction, archive};

use crate::guard::{Lookup, Reach};
use crate::world::{self, WorldUnusable};

/// How long the work is held from each sign of life.
const LEASE: Duration = Duration::from_secs(60);
/// How often a sign of life is given while one message takes long.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// How long an object may take to be put.
const PUT_TIMEOUT: Duration = Duration::from_secs(600);

/// What archives are bound by.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Below which directory of this machine archives may lie; `None` for nowhere.
    pub directory: Option<PathBuf>,
    /// How far stores and mail servers may be reached.
    pub reach: Reach,
}

/// Carries archives. Cheap to clone.
#[derive(Clone)]
pub struct Archivist {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) vault: Vault,
    pub(super) graph: Client,
    pub(super) settings: Arc<Settings>,
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) http: reqwest::Client,
}

impl Archivist {
    /// Carries the archives of `db`, asking `graph` for originals and `lookup` what names mean.
    ///
    /// # Errors
    /// [`WorldUnusable`] when the machine's certificates cannot be read.
    pub fn new(
        db: Db,
        clock: Clock,
        vault: Vault,
        graph: Client,
        settings: Settings,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, WorldUnusable> {
        let http = world::client(&settings.reach, Arc::clone(&lookup), PUT_TIMEOUT)?;
        Ok(Archivist { db, clock, vault, graph, settings: Arc::new(settings), lookup, http })
    }

    /// Carries one archive for a bounded time. Commit points: `archive.plan`, `archive.open`, `archive.items`, `archive.follow`,
    /// `archive.done`, `archive.fail`.
    ///
    /// # Errors
    /// As [`Db::commit`]; [`StoreError::Refused`] if another has taken over the work, or a person has cancelled the archive.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        let Ok(id) = lease.key.parse() else { return Ok(Ending::Gone) };
        loop {
            let Some(archive) = archive::find(&self.db, id).await? else { return Ok(Ending::Gone) };
            match archive.state {
                ArchiveState::Planning => {
                    let (items, next) = self.plan(&archive).await?;
                    let planned = archive::plan(id, &items, next.as_deref(), self.clock.now());
                    self.db.commit(Transaction::new("archive.plan").with(self.extend(lease)).with_all(planned)).await?;
                }
                ArchiveState::Carrying => return self.trip(lease, archive).await,
                ArchiveState::Done | ArchiveState::Failed | ArchiveState::Cancelled => return Ok(Ending::Gone),
            }
        }
    }

    /// Guards a transaction by the lease, and holds the work a while longer.
    pub(super) fn extend(&self, lease: &Lease) -> store::Statement {
        work::extend(lease, self.clock.now().plus(LEASE))
    }

    /// Holds the work while something is waited for that may take long.
    pub(super) async fn holding<T>(&self, lease: &Lease, long: impl Future<Output = T>) -> Result<T, StoreError> {
        let mut long = std::pin::pin!(long);
        loop {
            tokio::select! {
                done = &mut long => return Ok(done),
                () = base::time::sleep(SIGN_OF_LIFE) => {
                    self.db.commit(Transaction::new("archive.hold").with(self.extend(lease))).await?;
                }
            }
        }
    }
}

impl std::fmt::Debug for Archivist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Archivist")
    }
}
