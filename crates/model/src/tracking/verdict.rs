//! The verdict on a mail, from what is said of its hits: that at least one person had it, since when, how surely, and who.

use super::{By, Class, Clicked, Confidence, Copies, CopyOf, Hit, Judged, Opened, Sent, Sign, Touch, Verdict};

/// The verdict on this mail.
pub(super) fn of(sent: &Sent, hits: &[Hit], judged: &[Judged]) -> Verdict {
    let mut telling: Vec<(&Hit, Confidence)> =
        hits.iter().zip(judged).filter_map(|(hit, judged)| Some((hit, weight(hit, judged)?))).collect();
    telling.sort_by_key(|(hit, _)| hit.at);
    Verdict { opened: opened(sent, &telling), clicked: clicked(sent, &telling) }
}

/// How surely this hit says that a person had the mail; `None` if it does not.
fn weight(hit: &Hit, judged: &Judged) -> Option<Confidence> {
    match (judged.class, hit.touch) {
        (Class::Person, Touch::Click(_)) => Some(Confidence::High),
        (Class::Person, Touch::Open) => {
            let by_proxy = judged.signs.iter().any(|sign| matches!(sign, Sign::UaYahooProxy | Sign::NetOutlookProxy));
            Some(if by_proxy { Confidence::Low } else { Confidence::Medium })
        }
        (Class::GmailProxy, Touch::Open) => (!judged.signs.contains(&Sign::Lt10sSinceSend)).then_some(Confidence::Low),
        (Class::Person | Class::GmailProxy, _) | (Class::Own | Class::AppleProxy | Class::Scanner | Class::Unknown, _) => None,
    }
}

fn opened(sent: &Sent, telling: &[(&Hit, Confidence)]) -> Option<Opened> {
    let (first, _) = telling.first()?;
    let confidence = telling.iter().map(|(_, confidence)| *confidence).max()?;
    Some(Opened { first_at: first.at, confidence, by: by(sent, telling.iter().map(|(hit, _)| *hit)) })
}

fn clicked(sent: &Sent, telling: &[(&Hit, Confidence)]) -> Vec<Clicked> {
    let clicks = |wanted: Option<u32>| {
        telling.iter().filter_map(move |(hit, _)| match hit.touch {
            Touch::Click(link) if wanted.is_none_or(|wanted| wanted == link) => Some((link, *hit)),
            Touch::Click(_) | Touch::Open | Touch::Bait => None,
        })
    };
    let mut links: Vec<u32> = clicks(None).map(|(link, _)| link).collect();
    links.sort_unstable();
    links.dedup();
    let of_link = |link: u32| {
        let (_, first) = clicks(Some(link)).next()?;
        Some(Clicked { link, first_at: first.at, by: by(sent, clicks(Some(link)).map(|(_, hit)| hit)) })
    };
    links.into_iter().filter_map(of_link).collect()
}

fn by<'a>(sent: &Sent, hits: impl Iterator<Item = &'a Hit>) -> By {
    if sent.copies == Copies::Shared {
        return By::Someone;
    }
    let mut who: Vec<u32> = hits
        .filter_map(|hit| match hit.copy {
            CopyOf::Recipient(number) => Some(number),
            CopyOf::Shared | CopyOf::SentItems => None,
        })
        .collect();
    who.sort_unstable();
    who.dedup();
    if who.is_empty() { By::Someone } else { By::Recipients(who) }
}
