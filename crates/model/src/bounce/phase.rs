//! Phases: to which command of the conversation a server said no. The same words mean another thing to another command: an
//! unknown user after the whole mail was taken is a filter's word.

/// How far a conversation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before anything was said, or at the greeting.
    Greeting,
    /// The sender was named.
    Sender,
    /// The recipient was named.
    Recipient,
    /// The mail was handed over.
    Data,
}

/// Words by which mail systems name the command, in lower case.
const WORDS: &[(&str, Phase)] = &[
    ("refused to talk to me", Phase::Greeting),
    ("smtp error from remote mail server after initial connection", Phase::Greeting),
    ("my name was rejected", Phase::Greeting),
    ("while performing the helo", Phase::Greeting),
    ("in reply to helo", Phase::Greeting),
    ("in reply to ehlo", Phase::Greeting),
    ("did not like our mail from", Phase::Sender),
    ("in reply to mail from", Phase::Sender),
    ("after mail from", Phase::Sender),
    (">>> mail from", Phase::Sender),
    ("sender was rejected", Phase::Sender),
    ("[mail_from]", Phase::Sender),
    ("did not like our rcpt to", Phase::Recipient),
    ("in reply to rcpt to", Phase::Recipient),
    ("after rcpt to", Phase::Recipient),
    ("does not like recipient", Phase::Recipient),
    ("error following rcpt", Phase::Recipient),
    ("has rejected address", Phase::Recipient),
    // The local delivery agent, which knows its own users.
    ("mail.local:", Phase::Recipient),
    ("rcpt to response", Phase::Recipient),
    ("smtp:rcpt", Phase::Recipient),
    (">>> rcpt to", Phase::Recipient),
    ("[rcpt_to]", Phase::Recipient),
    ("in reply to end of data", Phase::Data),
    ("in reply to data", Phase::Data),
    ("after end of data", Phase::Data),
    ("failed after i sent the message", Phase::Data),
    ("smtp error from remote mail server after data", Phase::Data),
    (">>> data", Phase::Data),
    ("smtp command data", Phase::Data),
    ("[data]", Phase::Data),
    ("[eod]", Phase::Data),
];

/// Replies to a mail that was handed over although no recipient was left: what came before them was said to the recipient.
const NO_RECIPIENT_LEFT: &[&str] =
    &["need rcpt", "rcpt first", "no valid recipients", "valid rcpt command must precede", "rcpt commands were rejected"];

/// The phase that a text names first.
pub(super) fn of(text: &str) -> Option<Phase> {
    let lower = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    if NO_RECIPIENT_LEFT.iter().any(|words| lower.contains(words)) {
        return Some(Phase::Recipient);
    }
    let places = WORDS.iter().filter_map(|(words, phase)| lower.find(words).map(|at| (at, *phase)));
    places.min_by_key(|(at, _)| *at).map(|(_, phase)| phase)
}
