//! Text of strangers with the words marked that a search was for. The marks are put between escaped pieces of the text, so
//! nothing in it can become markup.

use maud::{Markup, html};
use model::query::{Query, Wanted};
use model::words::{Phrase, Spelled};

/// The words that are marked.
pub struct Marks(Vec<Phrase>);

impl Marks {
    /// The words that a query demands, wherever they must stand.
    pub fn of(query: &Query) -> Self {
        let wanted = query.clauses().iter().filter(|clause| !clause.negated).filter_map(|clause| match &clause.wanted {
            Wanted::Text(text) => Phrase::read(&text.text, text.beginning),
            _ => None,
        });
        Marks(wanted.collect())
    }

    /// The text with its marks.
    pub fn put(&self, text: &str) -> Markup {
        let spelled = Spelled::of(text);
        let mut places: Vec<_> = self.0.iter().flat_map(|phrase| phrase.places(&spelled)).collect();
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let mut at = 0;
        html! {
            @for place in places {
                @if place.start >= at {
                    (text[at..place.start]) mark { (text[place.clone()]) }
                    ({ at = place.end; "" })
                }
            }
            (text[at..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_whatever_their_case_and_nothing_else_becomes_markup() {
        let marks = Marks::of(&Query::read("cafe from:bo spr* -x").unwrap());
        let shown = marks.put("Café <b>Bo</b>: Spring, x & cafeteria").into_string();
        assert_eq!(shown, "<mark>Café</mark> &lt;b&gt;<mark>Bo</mark>&lt;/b&gt;: <mark>Spring</mark>, x &amp; cafeteria");
        assert_eq!(Marks::of(&Query::read("is:unread").unwrap()).put("a<b").into_string(), "a&lt;b");
    }
}
