//! The verdict on a copy of a mail, from what is said of its touches: that at least one person had it, since when and how surely.

use super::{Class, Clicked, Confidence, Judged, Opened, Sign, Target, Touch, Verdict};

/// The verdict on the copy of this number.
pub(super) fn of(copy: u32, touches: &[Touch], judged: &[Judged]) -> Verdict {
    let mut telling: Vec<(&Touch, Confidence)> = (touches.iter().zip(judged))
        .filter(|(touch, _)| touch.copy == copy)
        .filter_map(|(touch, judged)| Some((touch, weight(touch, judged)?)))
        .collect();
    telling.sort_by_key(|(touch, _)| touch.at);
    let confidence = telling.iter().map(|(_, confidence)| *confidence).max();
    let opened = telling.first().zip(confidence).map(|((first, _), confidence)| Opened { first_at: first.at, confidence });
    let mut clicked: Vec<Clicked> = Vec::new();
    for (touch, _) in telling {
        if let Target::Link(link) = touch.target
            && !clicked.iter().any(|known| known.link == link)
        {
            clicked.push(Clicked { link, first_at: touch.at });
        }
    }
    clicked.sort_by_key(|clicked| clicked.link);
    Verdict { opened, clicked }
}

/// How surely this touch says that a person had the mail; `None` if it does not.
fn weight(touch: &Touch, judged: &Judged) -> Option<Confidence> {
    match (judged.class, touch.target) {
        (Class::Person, Target::Link(_)) => Some(Confidence::High),
        (Class::Person, Target::Pixel) => {
            let by_proxy = judged.signs.iter().any(|sign| matches!(sign, Sign::UaYahooProxy | Sign::NetOutlookProxy));
            Some(if by_proxy { Confidence::Low } else { Confidence::Medium })
        }
        (Class::GmailProxy, Target::Pixel) => (!judged.signs.contains(&Sign::Lt10sSinceSend)).then_some(Confidence::Low),
        (Class::GmailProxy, Target::Link(_)) | (Class::Own | Class::AppleProxy | Class::Scanner | Class::Unknown, _) => None,
    }
}
