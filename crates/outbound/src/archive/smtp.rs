//! A mail server that takes a journal report on each message, over a connection that is kept for the next one.
//!
//! A report is sent **at least once**: where the server's answer is lost, or a crash comes before it is written down, the same report
//! is sent again with the same `Message-ID`, by which archives tell that it is the same. The connection goes to an address that the
//! guard has judged; its certificate is the host's. Sources: RFC 5321; RFC 6152 (8BITMIME); RFC 3207 (STARTTLS); RFC 8314.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::{Secret, Timestamp};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use model::archive::{Archive, Item, Kept, Target, Tls, journal};
use model::message::Message;
use sha2::{Digest as _, Sha256};

use super::archivist::Archivist;
use super::place::{Trouble, later, stop};
use crate::guard::{Lookup, Reach};

/// How long one step of the talk may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a report may take to be taken (RFC 5321, 4.5.3.2.6).
const REPORT_TIMEOUT: Duration = Duration::from_secs(600);

/// A mail server.
pub(super) struct Smtp {
    reach: Reach,
    lookup: Arc<dyn Lookup>,
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    sender: Address,
    recipient: Address,
    connection: Option<AsyncSmtpConnection>,
}

/// The two addresses of every report.
pub(super) fn addresses(sender: &str, recipient: &str) -> Result<(Address, Address), String> {
    let read = |text: &str| text.parse::<Address>().map_err(|_| "`sender` and `recipient` are mail addresses".to_owned());
    Ok((read(sender)?, read(recipient)?))
}

impl Smtp {
    pub(super) fn new(archivist: &Archivist, archive: &Archive, secret: Option<Secret<String>>) -> Result<Smtp, Trouble> {
        let Target::Smtp { host, port, tls, username, sender, recipient } = &archive.target else {
            unreachable!("only a mail server is opened as one")
        };
        let refused = |why: String| stop("archive_server_refused", "The mail server cannot be used.", why);
        super::place::judge(&archivist.settings, &archive.target).map_err(refused)?;
        let (sender, recipient) = addresses(sender, recipient).map_err(refused)?;
        let credentials = match (username, secret) {
            (None, _) => None,
            (Some(name), Some(secret)) => Some(Credentials::new(name.clone(), secret.expose().clone())),
            (Some(_), None) => return Err(refused("the password is missing".to_owned())),
        };
        let (reach, lookup) = (archivist.settings.reach.clone(), Arc::clone(&archivist.lookup));
        Ok(Smtp { reach, lookup, host: host.clone(), port: *port, tls: *tls, credentials, sender, recipient, connection: None })
    }

    /// Sends the report on a message.
    pub(super) async fn send(&mut self, item: &Item, message: Option<&Message>, original: &[u8], now: Timestamp) -> Result<Kept, Trouble> {
        let message = message.expect("a report is asked for with what the mirror knows");
        if let Some(hindrance) = journal::hindrance(original) {
            return Err(Trouble::Message { code: "not_sendable", detail: format!("No mail server takes it: {hindrance}.") });
        }
        let mended = journal::with_whole_line_ends(original);
        let report_id = format!("<{}.journal@{}>", item.message, self.sender.domain());
        let (agent, archive) = (self.sender.to_string(), self.recipient.to_string());
        let envelope = journal::Envelope { agent: &agent, archive: &archive, report_id: &report_id, reported_at: now, message };
        let report = journal::report(&envelope, mended.as_deref().unwrap_or(original));
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let sent = tokio::time::timeout(REPORT_TIMEOUT, self.hand_over(&mut connection, &report)).await;
        match sent {
            Ok(Ok(())) => self.connection = Some(connection),
            Ok(Err(trouble)) => {
                connection.abort().await;
                return Err(trouble);
            }
            Err(_) => return Err(self.away("no answer came in time")),
        }
        Ok(Kept {
            size_bytes: i64::try_from(original.len()).unwrap_or(i64::MAX),
            sha256: Sha256::digest(original).to_vec(),
            file: report_id,
            start: None,
            altered: mended.map(|_| "its line ends are CRLF there, which is all that mail servers take".to_owned()),
        })
    }

    async fn hand_over(&self, connection: &mut AsyncSmtpConnection, report: &[u8]) -> Result<(), Trouble> {
        let mut parameters = Vec::new();
        if !report.is_ascii() {
            if !connection.server_info().supports_feature(Extension::EightBitMime) {
                let detail = "It holds letters of eight bits, and the server takes none (8BITMIME).".to_owned();
                return Err(Trouble::Message { code: "not_sendable", detail });
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection.command(Mail::new(Some(self.sender.clone()), parameters)).await.map_err(|error| self.refused(&error))?;
        connection.command(Rcpt::new(self.recipient.clone(), Vec::new())).await.map_err(|error| self.refused(&error))?;
        connection.command(Data).await.map_err(|error| self.refused(&error))?;
        match connection.message(report).await {
            Ok(_) => Ok(()),
            // Sender and recipient were taken: it is this message that was not.
            Err(error) if error.is_permanent() => {
                Err(Trouble::Message { code: "refused_by_server", detail: format!("The archive's server refused it: {error}") })
            }
            Err(error) => Err(self.refused(&error)),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let address = self.address().await?;
        let hello = ClientId::Domain(self.sender.domain().to_owned());
        let tls = || TlsParameters::new(self.host.clone()).map_err(|error| self.refused(&error));
        let implicit = if self.tls == Tls::Implicit { Some(tls()?) } else { None };
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(STEP_TIMEOUT), &hello, implicit, None);
        let connected = tokio::time::timeout(STEP_TIMEOUT, connecting).await.map_err(|_| self.away("no answer came in time"))?;
        let mut connection = connected.map_err(|error| self.refused(&error))?;
        if self.tls == Tls::Starttls {
            if !connection.can_starttls() {
                let why = format!("{} offers no STARTTLS, and nothing is sent in the clear.", self.host);
                return Err(stop("archive_server_refused", "The mail server cannot be used.", why));
            }
            connection.starttls(tls()?, &hello).await.map_err(|error| self.refused(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await;
            signed_in.map_err(|error| self.refused(&error))?;
        }
        Ok(connection)
    }

    /// The address that the host means now: all of its addresses may be called, or none is.
    async fn address(&self) -> Result<SocketAddr, Trouble> {
        let found = match self.host.trim_matches(['[', ']']).parse() {
            Ok(literal) => Ok(vec![SocketAddr::new(literal, 0)]),
            Err(_) => self.lookup.addresses(&self.host).await,
        };
        let found = found.map_err(|_| self.away("its name means nothing"))?;
        let judged = self.reach.judge_meaning(&self.host, &found);
        judged.map_err(|forbidden| stop("archive_server_refused", "The mail server cannot be used.", forbidden.to_string()))?;
        let first = found.first().ok_or_else(|| self.away("its name means nothing"))?;
        Ok(SocketAddr::new(first.ip(), self.port))
    }

    fn refused(&self, error: &SmtpError) -> Trouble {
        if error.is_permanent() || error.is_tls() {
            return stop("archive_server_refused", "The mail server refuses.", format!("{}: {error}", self.host));
        }
        self.away(&error.to_string())
    }

    fn away(&self, why: &str) -> Trouble {
        later("archive_server_away", "The mail server takes nothing now.", format!("{}: {why}.", self.host))
    }
}
