//! The first sync of one large mailbox: the floor and the product over the same pages.

use std::time::Duration;

use anyhow::Context as _;
use tokio::process::Command;

use crate::measure::{self, Run};
use crate::product::Product;
use crate::program::{Program, beside};
use crate::simulator::Simulator;

/// Pages that nobody could be waiting for any more.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often the product's database is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// What the product asks for, so that the floor is given the same pages.
const SELECT: &str = "id,changeKey,createdDateTime,lastModifiedDateTime,receivedDateTime,sentDateTime,hasAttachments,\
internetMessageId,subject,bodyPreview,body,importance,parentFolderId,sender,from,toRecipients,ccRecipients,bccRecipients,\
replyTo,conversationId,conversationIndex,isRead,isDraft,webLink,inferenceClassification,flag,categories,internetMessageHeaders";

/// Runs the plain loop over a mailbox's inbox.
///
/// # Errors
/// If it fails.
pub async fn floor(simulator: &Simulator, mailbox: &str) -> anyhow::Result<Run> {
    let folder = tempfile::tempdir()?;
    let url = format!(
        "{}/v1.0/users/{mailbox}/mailFolders/inbox/messages/delta?$select={SELECT}&$orderby=receivedDateTime%20desc",
        simulator.url
    );
    let mut command = Command::new(beside("floor")?);
    command.args(["--url", &url, "--token", &simulator.token().await?, "--database"]).arg(folder.path().join("floor.db"));
    let (program, mut output) = Program::start(command)?;
    let mut line = String::new();
    tokio::io::AsyncBufReadExt::read_line(&mut output, &mut line).await?;
    program.finish().await?;
    serde_json::from_str(&line).context("the floor says what it measured")
}

/// Runs the product over a mailbox until all of its `messages` are mirrored, in threads and in the index.
///
/// # Errors
/// If it fails or does not end.
pub async fn product(simulator: &Simulator, mailbox: &str, messages: u64, port: u16) -> anyhow::Result<Run> {
    let began = measure::now();
    let product = Product::start(simulator, &[mailbox.to_owned()], port, None).await?;
    let mirror = product.mirror()?;
    loop {
        measure::pause(LOOK).await;
        let progress = mirror.progress()?;
        if progress.messages >= messages && progress.live >= 1 && progress.decided >= progress.head {
            break;
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "the product is not ready after {PATIENCE:?}: {progress:?}");
    }
    let run = Run {
        messages,
        seconds: began.elapsed().as_secs_f64(),
        cpu_seconds: measure::cpu_time(product.pid())?.as_secs_f64(),
        peak_memory_bytes: measure::peak_memory_bytes(product.pid())?,
    };
    product.stop().await?;
    Ok(run)
}
