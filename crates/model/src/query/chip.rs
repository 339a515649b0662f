//! Chips: the clauses of a query as things that can be looked at and taken away one by one.

use super::{Clause, Query, Wanted};

/// One clause, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The key, empty for words anywhere.
    pub key: &'static str,
    /// The value without quotation marks; with its star, if it is a beginning.
    pub value: String,
    /// Whether it must not hold.
    pub negated: bool,
    /// The clause as it is typed.
    pub text: String,
    /// The whole query as it is typed, without this clause.
    pub without: String,
}

pub(super) fn chips(query: &Query) -> Vec<Chip> {
    let texts: Vec<String> = query.clauses.iter().map(Clause::to_string).collect();
    let chip = |(place, clause): (usize, &Clause)| {
        let others: Vec<&str> = texts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, text)| text.as_str()).collect();
        let star = matches!(&clause.wanted, Wanted::Text(text) if text.beginning);
        Chip {
            key: clause.key(),
            value: format!("{}{}", clause.value(), if star { "*" } else { "" }),
            negated: clause.negated,
            text: texts[place].clone(),
            without: others.join(" "),
        }
    };
    query.clauses.iter().enumerate().map(chip).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Query;

    #[test]
    fn each_chip_knows_the_query_without_it() {
        let chips = Query::read("heat* from:\"Bo Berg\" -is:read").unwrap().chips();
        let shown: Vec<_> = chips.iter().map(|chip| (chip.key, chip.value.as_str(), chip.negated, chip.without.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("", "heat*", false, "from:\"Bo Berg\" -is:read"),
                ("from", "Bo Berg", false, "heat* -is:read"),
                ("is", "read", true, "heat* from:\"Bo Berg\""),
            ]
        );
        assert_eq!(chips[2].text, "-is:read");
    }
}
