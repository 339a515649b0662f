//! Recipients: what a letter tells of each one, by its fields, its headers, its text, or whom the returned mail was for.

use super::letter::Letter;
use super::transcript::{self, Passage};
use super::{Kind, Told, fields, status};

impl Letter {
    /// Whose complaint it is.
    pub(super) fn complained_of(&self) -> Vec<String> {
        if let Some(amazon) = &self.amazon {
            return amazon.told().into_iter().filter_map(|told| told.recipient).collect();
        }
        let feedback = self.feedback.as_deref().unwrap_or_default();
        let named = feedback.iter().filter(|(name, _)| name == "original-rcpt-to" || name == "removal-recipient");
        let found: Vec<String> = named.flat_map(|(_, value)| fields::addresses(value)).collect();
        if !found.is_empty() {
            return found;
        }
        let hidden = ["x-hmxmroriginalrecipient", "to", "delivered-to"].iter().find_map(|name| fields::value(&self.original, name));
        let hidden = hidden.map(fields::addresses).unwrap_or_default();
        let by_themselves = !self.header("x-apple-unsubscribe").is_empty() && hidden.is_empty();
        if by_themselves { fields::addresses(self.header("from")) } else { hidden }
    }

    /// What is told of each recipient; at least one entry.
    pub(super) fn told(&self) -> Vec<Told> {
        if let Some(amazon) = &self.amazon {
            return amazon.told();
        }
        let passages = transcript::read(&self.text, &self.us());
        let mut told = self.told_by_fields();
        let failed = fields::addresses(self.header("x-failed-recipients"));
        let nameless = |told: &Told| told.recipient.as_ref().is_none_or(|name| !name.contains('@') && failed.len() == 1);
        if told.iter().all(nameless) {
            let fields = told.pop().unwrap_or_default();
            told = self.told_by_text(&passages, &fields);
        }
        if let ([told], [passage]) = (told.as_mut_slice(), passages.as_slice())
            && told.text.is_empty()
        {
            told.text.clone_from(&passage.said);
        }
        for told in &mut told {
            let meant = |passage: &&Passage| {
                [&told.recipient, &told.original].into_iter().flatten().any(|address| address.eq_ignore_ascii_case(&passage.address))
            };
            if let Some(passage) = passages.iter().find(meant) {
                told.text.clone_from(&passage.said);
            }
        }
        told
    }

    fn told_by_fields(&self) -> Vec<Told> {
        let mut all: Vec<Told> = Vec::new();
        let mut current = Told::default();
        for (name, value) in &self.status {
            match name.as_str() {
                "" if current.recipient.is_some() || current.original.is_some() => all.push(std::mem::take(&mut current)),
                "final-recipient" => {
                    if current.recipient.is_some() {
                        all.push(std::mem::take(&mut current));
                    }
                    current.recipient = fields::address_of(value);
                }
                "original-recipient" if current.original.is_none() => current.original = fields::address_of(value),
                "action" => current.action = action(value),
                "status" => current.status = value.split([' ', '(']).next().and_then(status::enhanced),
                "diagnostic-code" if current.diagnostic.is_empty() => current.diagnostic = without_kind(value).to_owned(),
                _ => {}
            }
        }
        if current != Told::default() {
            all.push(current);
        }
        for told in &mut all {
            told.settle_names();
        }
        all
    }

    /// Recipients by a header of the report, by its text, by whom the returned mail was for.
    fn told_by_text(&self, passages: &[Passage], fields: &Told) -> Vec<Told> {
        let one = |address: String| Told { recipient: Some(address), ..fields.clone() };
        let failed = fields::addresses(self.header("x-failed-recipients"));
        if !failed.is_empty() {
            return failed.into_iter().map(one).collect();
        }
        if !passages.is_empty() {
            return passages.iter().map(|passage| one(passage.address.clone())).collect();
        }
        let for_whom = ["x-actual-recipient", "to"].iter().find_map(|name| fields::value(&self.original, name)).map(fields::addresses);
        let mut for_whom = for_whom.unwrap_or_default();
        if for_whom.is_empty() {
            // Whoever wrote to themselves is the sender and the recipient.
            let passages = transcript::read(&self.text, &fields::addresses(self.header("from")));
            for_whom.extend(passages.into_iter().map(|passage| passage.address));
        }
        if for_whom.is_empty() { vec![fields.clone()] } else { for_whom.into_iter().take(1).map(one).collect() }
    }

    /// Addresses that a text names without meaning the recipient: the sender's and the mail system's.
    fn us(&self) -> Vec<String> {
        let mut us = fields::addresses(self.header("from"));
        us.extend(fields::addresses(self.header("to")));
        us.extend(fields::value(&self.original, "from").map(fields::addresses).unwrap_or_default());
        us
    }
}

impl Told {
    /// One name is enough; two are kept if they differ.
    fn settle_names(&mut self) {
        if self.recipient.is_none() {
            self.recipient = self.original.take();
        }
        if let (Some(recipient), Some(original)) = (&self.recipient, &self.original)
            && recipient.eq_ignore_ascii_case(original)
        {
            self.original = None;
        }
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        (&self.recipient, &self.original, self.action, &self.status, &self.diagnostic)
            == (&other.recipient, &other.original, other.action, &other.status, &other.diagnostic)
    }
}

fn action(value: &str) -> Option<Kind> {
    let word = value.trim().split([' ', '(', ';']).next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "failed" | "failure" | "expired" | "error" => Some(Kind::Failed),
        "delayed" | "deferred" => Some(Kind::Delayed),
        "delivered" | "relayed" | "expanded" | "deliverable" => Some(Kind::Delivered),
        _ => None,
    }
}

/// A diagnostic without its kind (`smtp;`, `X-Postfix;`).
fn without_kind(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.len() <= 20 && !kind.trim().contains(char::is_whitespace) => rest.trim(),
        _ => value.trim(),
    }
}
