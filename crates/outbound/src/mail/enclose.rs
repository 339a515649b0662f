//! Files that are too large to go into the draft itself: added to it one by one, the large ones in ranges.

use bytes::Bytes;
use graph::GraphError;
use graph::mail::draft::EnclosedFile;
use graph::mail::upload::{self, Announced, RANGE_BYTES_MAX, SESSION_FROM_BYTES};
use model::outgoing::Enclosed;
use store::file::{self, CHUNK_BYTES};
use store::{Ending, StoreError, Transaction, work};

use super::carry::{Errand, Step};
use super::draft::inside;

/// Chunks that make a range.
const CHUNKS_A_RANGE: i64 = (RANGE_BYTES_MAX / CHUNK_BYTES) as i64;

/// Why a file could not be added.
enum Miss {
    Graph(GraphError),
    Store(StoreError),
}

/// Adds what is missing from the draft; how the unit ends if that did not work.
pub(super) async fn missing(errand: &Errand<'_>, draft: &str) -> Result<Option<Ending>, StoreError> {
    let enclosed = &errand.outgoing.written.enclosed;
    if enclosed.is_empty() || inside(enclosed).next().is_some() {
        return Ok(None);
    }
    match add_missing(errand, draft, enclosed).await {
        Ok(()) => Ok(None),
        Err(Miss::Store(error)) => Err(error),
        Err(Miss::Graph(error)) => match errand.same().failed(&error, "attaching").await? {
            Step::End(ending) => Ok(Some(ending)),
            Step::On => Ok(None),
        },
    }
}

async fn add_missing(errand: &Errand<'_>, draft: &str, enclosed: &[Enclosed]) -> Result<(), Miss> {
    let graph = &errand.mailer.graph;
    let mut there: Vec<String> =
        upload::list(graph, &errand.access, draft).await.map_err(Miss::Graph)?.into_iter().filter_map(|file| file.name).collect();
    for file in enclosed {
        // Each that is there stands for one of that name: an answer that was lost is not repeated.
        if let Some(place) = there.iter().position(|name| *name == file.name) {
            there.swap_remove(place);
            continue;
        }
        if file.size_bytes.unsigned_abs() < SESSION_FROM_BYTES {
            let content = Bytes::from(file::whole(&errand.mailer.db, file.file, file.size_bytes).await.map_err(Miss::Store)?);
            let small = EnclosedFile {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                content_id: file.content_id.clone(),
                content,
            };
            upload::add(graph, &errand.access, draft, small).await.map_err(Miss::Graph)?;
        } else {
            upload_whole(errand, draft, file).await?;
        }
    }
    Ok(())
}

async fn upload_whole(errand: &Errand<'_>, draft: &str, file: &Enclosed) -> Result<(), Miss> {
    let announced = Announced {
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        content_id: file.content_id.clone(),
        size_bytes: file.size_bytes.unsigned_abs(),
    };
    let session = upload::begin(&errand.mailer.graph, &errand.access, draft, &announced).await.map_err(Miss::Graph)?;
    let (mut from, mut place) = (0u64, 0i64);
    loop {
        let mut range = Vec::with_capacity(RANGE_BYTES_MAX);
        for chunk in place..place + CHUNKS_A_RANGE {
            range.extend(file::chunk(&errand.mailer.db, file.file, chunk).await.map_err(Miss::Store)?.unwrap_or_default());
        }
        place += CHUNKS_A_RANGE;
        if range.is_empty() {
            let why = "the upload had all bytes and did not end";
            return Err(Miss::Graph(GraphError::Unaskable(why)));
        }
        let length = range.len() as u64;
        if upload::put(&errand.mailer.graph, &errand.access, &session, from, Bytes::from(range)).await.map_err(Miss::Graph)? {
            return Ok(());
        }
        from += length;
        hold(errand).await.map_err(Miss::Store)?;
    }
}

/// A large file takes longer than a lease.
async fn hold(errand: &Errand<'_>) -> Result<(), StoreError> {
    let until = errand.mailer.clock.now().plus(super::carry::LEASE);
    errand.mailer.db.commit(Transaction::new("mail.extend").with(work::extend(errand.lease, until))).await.map(drop)
}
