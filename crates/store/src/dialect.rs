//! The few fragments in which SQLite and PostgreSQL differ, written in braces in a statement's text, and the form of
//! arguments (`$1`, for SQLite `?1`). A text is rendered once for an engine and then cached by who prepares it.

use std::borrow::Cow;

/// Which database a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The text as this engine reads it.
    ///
    /// # Panics
    /// On a fragment that does not exist: texts are constants, so a test that runs the statement finds it.
    pub(crate) fn render(self, text: &'static str) -> Cow<'static, str> {
        if self == Dialect::Postgres && !text.contains('{') {
            return Cow::Borrowed(text);
        }
        let mut rendered = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let end = start + rest[start..].find('}').expect("a fragment ends with a brace");
            rendered.push_str(&rest[..start]);
            rendered.push_str(&self.fragment(&rest[start + 1..end]));
            rest = &rest[end + 1..];
        }
        rendered.push_str(rest);
        if self == Dialect::Sqlite {
            rendered = rendered.replace('$', "?");
        }
        Cow::Owned(rendered)
    }

    fn fragment(self, name: &str) -> String {
        if let Some(argument) = name.strip_prefix("texts ") {
            return match self {
                Dialect::Sqlite => format!("(SELECT value FROM json_each({argument}))"),
                Dialect::Postgres => format!("(SELECT jsonb_array_elements_text(CAST(CAST({argument} AS TEXT) AS JSONB)))"),
            };
        }
        if let Some(argument) = name.strip_prefix("numbers ") {
            return match self {
                Dialect::Sqlite => format!("(SELECT value FROM json_each({argument}))"),
                // Of an array it expects ten members, of a document a hundred, for which it would rather read all of a small table.
                Dialect::Postgres => format!("(SELECT unnest(CAST(translate(CAST({argument} AS TEXT), '[]', '{{}}') AS BIGINT[])))"),
            };
        }
        let (sqlite, postgres) = match name {
            "" => ("{}", "{}"),
            "lock" => ("", "FOR UPDATE"),
            "skip locked" => ("", "FOR UPDATE SKIP LOCKED"),
            "id" => ("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"),
            "bytes" => ("BLOB", "BYTEA"),
            "key" => ("TEXT", "TEXT COLLATE \"C\""),
            "clustered" => ("WITHOUT ROWID", ""),
            other => panic!("no fragment is called {other}"),
        };
        match self {
            Dialect::Sqlite => sqlite.to_owned(),
            Dialect::Postgres => postgres.to_owned(),
        }
    }
}

/// The argument for `{texts $n}`: any number of texts as one.
pub(crate) fn texts<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&items).expect("texts are JSON")
}

/// The argument for `{numbers $n}`: any number of numbers as one.
pub(crate) fn numbers(items: impl Iterator<Item = i64>) -> String {
    serde_json::to_string(&items.collect::<Vec<_>>()).expect("numbers are JSON")
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn one_text_becomes_two() {
        let text = "SELECT 1 FROM work WHERE key IN {texts $2} AND due_at < $1 {skip locked}";
        assert_eq!(Dialect::Sqlite.render(text), "SELECT 1 FROM work WHERE key IN (SELECT value FROM json_each(?2)) AND due_at < ?1 ");
        assert!(Dialect::Postgres.render(text).ends_with("AND due_at < $1 FOR UPDATE SKIP LOCKED"));
        assert_eq!(Dialect::Sqlite.render("SET recipients = '{}'"), "SET recipients = '{}'");
    }
}
