//! Reports of non-delivery as Exchange Online writes them: for people, for programs (RFC 3464), and with the original's headers.

use bytes::Bytes;
use jiff::Timestamp;

/// What a status means in Exchange's words, and what its mail servers say.
fn words(status: &str) -> (&'static str, &'static str) {
    match status {
        "5.1.1" => ("wasn't found at", "550 5.1.1 The email account that you tried to reach does not exist"),
        "5.1.10" => ("couldn't be found", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
        "5.2.2" => ("mailbox is full", "554 5.2.2 mailbox full; STOREDRV.Deliver; quota exceeded"),
        "5.7.1" => ("security policies of the recipient's organisation", "550 5.7.1 Message rejected due to content restrictions"),
        status if status.starts_with("4.") => ("is still being tried", "451 4.4.7 Message delayed"),
        _ => ("couldn't be delivered", "550 5.0.0 Delivery failed"),
    }
}

/// A report to `own` about a mail to `address`.
pub fn report(own: &str, address: &str, status: &str, original: &[u8], number: u64, at: Timestamp) -> Bytes {
    let domain = own.rsplit('@').next().unwrap_or("contoso.example");
    let head = head(original);
    let subject = field(&head, "subject");
    let (said, diagnostic) = words(status);
    let delayed = status.starts_with("4.");
    let (action, title) = if delayed { ("delayed", "Delivery delayed") } else { ("failed", "Undeliverable") };
    let boundary = format!("ndr-{number:016x}");
    let postmaster = format!("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@{domain}");
    let text = format!("Your message to {address} couldn't be delivered: {said}.\r\n\r\nRemote server returned '{diagnostic}'\r\n");
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    Bytes::from(format!(
        "From: Microsoft Outlook <{postmaster}>\r\nTo: <{own}>\r\nSubject: {title}: {subject}\r\nDate: {date}\r\n\
         Message-ID: <{number:016x}@{domain}>\r\nIn-Reply-To: {id}\r\nReferences: {id}\r\nAuto-Submitted: auto-replied\r\n\
         X-MS-Exchange-Message-Is-Ndr:\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns;mail.{domain}\r\nArrival-Date: {date}\r\n\r\n\
         Final-Recipient: rfc822;{address}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp;{diagnostic}\r\n\r\n\
         --{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n--{boundary}--\r\n",
        id = field(&head, "message-id"),
    ))
}

/// The header fields of a mail, as they stand.
fn head(original: &[u8]) -> String {
    let text = String::from_utf8_lossy(original);
    text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
}

fn field(head: &str, name: &str) -> String {
    let found = head.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    found.unwrap_or_default()
}
