//! Briefs: what is remembered of a mail to say whether another could answer it, where a conversation alone connects them.
//!
//! Exchange gives unrelated mail of the same subject the same conversation for years, programs that send from a template
//! give it to a hundred strangers, and people answer an old mail to begin something new. So a conversation counts only
//! between an answer and what it may answer, among the same people, about the same, near in time. Pure.

use std::time::Duration;

use base::Timestamp;

use super::index::ConversationIndex;
use crate::subject::Subject;

/// How far in time two mails of a conversation may be.
pub const CONVERSATION_GAP_MAX: Duration = Duration::from_secs(90 * 86_400);

/// What is remembered of a mail.
#[derive(Clone, Debug)]
pub struct Brief {
    at: Timestamp,
    base: String,
    is_answer: bool,
    index: Option<ConversationIndex>,
    author: String,
    recipients: Vec<String>,
}

impl Brief {
    /// Of a mail of which this is known.
    pub fn of<'a>(
        at: Timestamp,
        subject: &Subject,
        conversation_index: Option<&str>,
        author: Option<&str>,
        recipients: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let index = conversation_index.and_then(ConversationIndex::read);
        let is_answer = subject.answer || subject.forward || index.as_ref().is_some_and(ConversationIndex::is_answer);
        let recipients = recipients.into_iter().map(str::to_lowercase).filter(|address| !address.is_empty()).collect();
        Brief { at, base: subject.folded(), is_answer, index, author: author.unwrap_or_default().to_lowercase(), recipients }
    }

    /// When it was received.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether one of the two could answer the other, or both the same.
    pub fn is_related(&self, other: &Brief) -> bool {
        let (early, late) = if self.at <= other.at { (self, other) } else { (other, self) };
        let gap_ms = late.at.millis().saturating_sub(early.at.millis());
        let is_near = u128::try_from(gap_ms).is_ok_and(|gap_ms| gap_ms <= CONVERSATION_GAP_MAX.as_millis());
        is_near && late.is_answer && self.base == other.base && (late.is_descendant_of(early) || late.shares_a_pair_with(early))
    }

    /// Its index grew out of the other's, and its author was on the other.
    fn is_descendant_of(&self, other: &Brief) -> bool {
        let grew = self.index.as_ref().zip(other.index.as_ref()).is_some_and(|(own, others)| others.is_ancestor_of(own));
        grew && !self.author.is_empty() && (other.author == self.author || other.recipients.contains(&self.author))
    }

    /// An author and a recipient of one are a recipient and an author of the other, or the same.
    fn shares_a_pair_with(&self, other: &Brief) -> bool {
        if self.author.is_empty() || other.author.is_empty() {
            return false;
        }
        if self.author == other.author {
            return self.recipients.iter().any(|recipient| *recipient != self.author && other.recipients.contains(recipient));
        }
        self.recipients.contains(&other.author) && other.recipients.contains(&self.author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(day: i64, subject: &str, author: &str, recipients: &[&str]) -> Brief {
        Brief::of(Timestamp::from_millis(day * 86_400_000), &Subject::read(subject), None, Some(author), recipients.iter().copied())
    }

    #[test]
    fn an_answer_among_the_same_people_is_related_and_a_strangers_is_not() {
        let opening = brief(10, "Invoice", "cleo@customer.example", &["anna@contoso.example"]);
        let answer = brief(12, "AW: invoice", "Anna@contoso.example", &["cleo@customer.example", "bob@contoso.example"]);
        assert!(answer.is_related(&opening) && opening.is_related(&answer));
        for other in [
            brief(12, "Re: Invoice", "mallory@other.example", &["anna@contoso.example"]),
            brief(12, "Invoice", "cleo@customer.example", &["anna@contoso.example"]),
            brief(9, "Re: Invoice", "anna@contoso.example", &["cleo@customer.example"]),
            brief(12, "Re: Receipt", "anna@contoso.example", &["cleo@customer.example"]),
            brief(200, "Re: Invoice", "anna@contoso.example", &["cleo@customer.example"]),
        ] {
            assert!(!other.is_related(&opening), "{other:?}");
        }
    }

    #[test]
    fn a_forward_that_grew_out_of_the_index_is_related() {
        let with_index = |brief: Brief, index: &str| Brief { index: ConversationIndex::read(index), ..brief };
        let opening = with_index(brief(1, "Offer", "cleo@customer.example", &["anna@contoso.example"]), "AQHT0y3xTn9QzJ8mJwE2aBcDEFGHIw==");
        let forward = brief(2, "WG: Offer", "anna@contoso.example", &["bob@contoso.example"]);
        assert!(!forward.is_related(&opening));
        let forward = with_index(forward, "AQHT0y3xTn9QzJ8mJwE2aBcDEFGHIwECAwQF");
        assert!(forward.is_related(&opening));
        let stranger = Brief { author: "eve@other.example".to_owned(), ..forward };
        assert!(!stranger.is_related(&opening));
    }
}
