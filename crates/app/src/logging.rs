//! Logging: a sentence that stands alone, and the same facts as dotted fields, for people or as JSON, on standard
//! error. The talk with Microsoft (`graph`, and what fetches mail) has a level of its own.

use std::io::Write;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::config::{LogFormat, Logging};
use crate::redact::redact;

/// Rooms of the product; libraries below them speak only when something is wrong.
const ROOMS: [&str; 7] = ["rapport", "web", "desk", "store", "base", "model", "microsoft365_sim"];
/// Rooms that talk with Microsoft.
const INTEGRATION: [&str; 2] = ["graph", "inbound"];

/// Starts logging for the whole process; a second call does nothing.
pub fn start(logging: Logging) {
    let _ = Registry::default().with(layer(logging, std::io::stderr)).try_init();
}

fn layer<W>(logging: Logging, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(Redacting(writer)).with_ansi(false);
    match logging.format {
        LogFormat::Human => lines.with_filter(filter(logging)).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter(logging)).boxed(),
    }
}

fn filter(logging: Logging) -> Targets {
    let all = Targets::new().with_default(tracing::Level::WARN);
    let rooms = ROOMS.iter().map(|room| (*room, logging.level));
    all.with_targets(rooms.chain(INTEGRATION.iter().map(|room| (*room, logging.integration_level))))
}

/// Passes whole lines on, redacted.
#[derive(Clone)]
struct Redacting<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacting<W> {
    type Writer = RedactingLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingLine { inner: self.0.make_writer(), line: Vec::new() }
    }
}

/// One line in the making; written when it is dropped, which the formatter does after each line.
struct RedactingLine<W: Write> {
    inner: W,
    line: Vec<u8>,
}

impl<W: Write> Write for RedactingLine<W> {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.line.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let whole = std::mem::take(&mut self.line);
        self.inner.write_all(redact(&String::from_utf8_lossy(&whole)).as_bytes())
    }
}

impl<W: Write> Drop for RedactingLine<W> {
    fn drop(&mut self) {
        // A log that cannot be written has nobody left to be told.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(part);
            Ok(part.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, integration_level: tracing::Level) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let logging = Logging { level: tracing::Level::INFO, integration_level, format };
        let subscriber = Registry::default().with(layer(logging, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let secret = base::Secret::from("hunter2-hunter2");
            tracing::info!(target: "inbound::puller", grant = %secret, mailbox.address = "anna@contoso.example", "A page of anna@contoso.example was committed.");
            tracing::debug!(target: "graph::client", "Microsoft answered.");
            tracing::debug!(target: "store::db", "A detail of ours.");
            tracing::info!(target: "hyper::proto", "A detail of a library.");
        });
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_line_shows_a_secret_or_an_address() {
        for format in [LogFormat::Human, LogFormat::Json] {
            let text = logged(format, tracing::Level::DEBUG);
            assert!(text.contains("A page of [address] was committed."), "{text}");
            assert!(!text.contains("anna") && !text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn the_talk_with_microsoft_has_a_level_of_its_own() {
        let quiet = logged(LogFormat::Human, tracing::Level::INFO);
        assert!(!quiet.contains("Microsoft answered."));
        let loud = logged(LogFormat::Human, tracing::Level::DEBUG);
        assert!(loud.contains("Microsoft answered.") && !loud.contains("A detail"), "{loud}");
    }

    #[test]
    fn a_json_line_is_one_object() {
        let text = logged(LogFormat::Json, tracing::Level::INFO);
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["level"], "INFO");
    }
}
