//! What the demo found out, for people and for programs.

use microsoft365_sim::control::LoadReport;
use serde::Serialize;

use crate::failure::Status;
use crate::screen::{Report, table};

/// The proof that everything is here.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// The mail that the mailboxes were filled with.
    pub loaded: Loaded,
    /// Each mailbox with its folders.
    pub mailboxes: Vec<MailboxProof>,
    /// All folders together.
    pub total: Figures,
    /// The comparison of originals, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originals: Option<Originals>,
    /// From the first connection to the last mailbox being live and decided upon.
    pub synced_after_ms: u64,
}

/// The mail that the mailboxes were filled with.
#[derive(Debug, Serialize)]
pub struct Loaded {
    /// Messages that were met.
    pub found: usize,
    /// Messages that were taken.
    pub taken: usize,
    /// Messages that were not taken, and why.
    pub not_taken: Vec<NotTaken>,
    /// Files beside them that are no messages.
    pub passed_over: usize,
}

/// Something that was not taken.
#[derive(Debug, Serialize)]
pub struct NotTaken {
    /// Which file or entry.
    pub name: String,
    /// Why.
    pub why: String,
}

/// One mailbox.
#[derive(Debug, Serialize)]
pub struct MailboxProof {
    /// Its address.
    pub address: String,
    /// Its folders.
    pub folders: Vec<FolderProof>,
}

/// One folder.
#[derive(Debug, Serialize)]
pub struct FolderProof {
    /// Its name for people.
    pub folder: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What was compared, id by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Messages at the source.
    pub there: usize,
    /// Messages here.
    pub here: usize,
    /// At the source and not here.
    pub missing: usize,
    /// Here and not at the source.
    pub extra: usize,
}

impl Figures {
    /// Both together.
    pub fn plus(self, other: Figures) -> Figures {
        Figures {
            there: self.there + other.there,
            here: self.here + other.here,
            missing: self.missing + other.missing,
            extra: self.extra + other.extra,
        }
    }
}

/// The comparison of originals.
#[derive(Debug, Default, Serialize)]
pub struct Originals {
    /// Fetched through Graph and compared.
    pub compared: usize,
    /// Equal, byte by byte.
    pub equal: usize,
}

impl Proof {
    /// Well if nothing is missing, extra or different.
    pub fn status(&self) -> Status {
        let same = self.total.missing == 0 && self.total.extra == 0;
        let equal = self.originals.as_ref().is_none_or(|originals| originals.equal == originals.compared);
        if same && equal { Status::Well } else { Status::FoundWrong }
    }
}

impl From<&LoadReport> for Loaded {
    fn from(report: &LoadReport) -> Self {
        let not_taken = report.skipped.iter().map(|(name, why)| NotTaken { name: name.clone(), why: why.clone() });
        Loaded { found: report.found, taken: report.taken, not_taken: not_taken.collect(), passed_over: report.passed_over.len() }
    }
}

impl Report for Proof {
    fn text(&self) -> String {
        let mut rows = Vec::new();
        for mailbox in &self.mailboxes {
            rows.extend(mailbox.folders.iter().map(|folder| row(&mailbox.address, &folder.folder, folder.figures)));
        }
        rows.push(row("all", "", self.total));
        let mut text = format!("{} of {} messages loaded\n", self.loaded.taken, self.loaded.found);
        for not_taken in &self.loaded.not_taken {
            text += &format!("  not taken: {}: {}\n", not_taken.name, not_taken.why);
        }
        text += &table(&["mailbox", "folder", "there", "here", "missing", "extra"], &rows);
        if let Some(originals) = &self.originals {
            text += &format!("\n{} of {} originals are equal byte by byte", originals.equal, originals.compared);
        }
        text += &format!("\nSynced after {}.{:01} s", self.synced_after_ms / 1000, self.synced_after_ms % 1000 / 100);
        text
    }
}

fn row(mailbox: &str, folder: &str, figures: Figures) -> Vec<String> {
    let Figures { there, here, missing, extra } = figures;
    let mut cells = vec![mailbox.to_owned(), folder.to_owned()];
    cells.extend([there, here, missing, extra].map(|count| count.to_string()));
    cells
}
