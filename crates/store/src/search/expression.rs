//! What an index is asked for: terms that must and must not stand, in the language of each engine. Pure.

use model::words::Term;

/// A demand on the terms of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// This term stands, or one that begins like it.
    Term {
        /// The term with its mark. Nothing in it can end a quotation.
        term: String,
        /// Whether a longer one will do.
        beginning: bool,
    },
    /// All of these hold; at least one.
    All(Vec<Expression>),
    /// One of these holds; at least one.
    Any(Vec<Expression>),
}

impl Expression {
    /// A term that stands as it is.
    pub(super) fn exactly(term: String) -> Self {
        Expression::Term { term, beginning: false }
    }

    /// The terms of a phrase, in a part of the message.
    pub(super) fn phrase(mark: &str, terms: &[Term]) -> Self {
        let one = |term: &Term| Expression::Term { term: format!("{mark}{}", term.word), beginning: term.beginning };
        Expression::All(terms.iter().map(one).collect())
    }

    fn write(&self, engine: &Engine, out: &mut String) {
        match self {
            Expression::Term { term, beginning } => {
                out.push_str(engine.quote);
                out.push_str(term);
                out.push_str(engine.quote);
                if *beginning {
                    out.push_str(engine.beginning);
                }
            }
            Expression::All(parts) => engine.join(parts, engine.and, out),
            Expression::Any(parts) => engine.join(parts, engine.or, out),
        }
    }
}

/// How an engine writes.
struct Engine {
    quote: &'static str,
    beginning: &'static str,
    and: &'static str,
    or: &'static str,
    and_not: &'static str,
}

const SQLITE: Engine = Engine { quote: "\"", beginning: " *", and: " AND ", or: " OR ", and_not: " NOT " };
const POSTGRES: Engine = Engine { quote: "'", beginning: ":*", and: " & ", or: " | ", and_not: " & !" };

impl Engine {
    fn join(&self, parts: &[Expression], between: &str, out: &mut String) {
        out.push('(');
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                out.push_str(between);
            }
            part.write(self, out);
        }
        out.push(')');
    }
}

/// A text for the engine of this name: all of `all` (at least one) and none of `none`.
pub(super) fn write(engine: &str, all: &[Expression], none: &[Expression]) -> String {
    let engine = if engine == "sqlite" { &SQLITE } else { &POSTGRES };
    let mut out = String::new();
    engine.join(all, engine.and, &mut out);
    if !none.is_empty() {
        out.push_str(engine.and_not);
        engine.join(none, engine.or, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_gets_it_in_its_language() {
        let term = |word: &str, beginning| Term { word: word.to_owned(), beginning };
        let all = [
            Expression::exactly("_m1".to_owned()),
            Expression::Any(vec![
                Expression::phrase("_s", &[term("o", false), term("rei", true)]),
                Expression::phrase("", &[term("東京", false)]),
            ]),
        ];
        let none = [Expression::exactly("x".to_owned()), Expression::exactly("y".to_owned())];
        assert_eq!(write("sqlite", &all, &none), "(\"_m1\" AND ((\"_so\" AND \"_srei\" *) OR (\"東京\"))) NOT (\"x\" OR \"y\")");
        assert_eq!(write("postgres", &all, &[]), "('_m1' & (('_so' & '_srei':*) | ('東京')))");
        assert_eq!(write("postgres", &all[..1], &none), "('_m1') & !('x' | 'y')");
    }
}
