//! Reads the TOML file and the environment into one flat list of values, each with the name by which it was given.
//!
//! Promises: the environment wins over the file, a native variable over a compatible one, and whoever loses is
//! named in a notice. Values are not judged here, but for names that do not exist.

use std::collections::BTreeMap;
use std::path::Path;

use base::Problem;

use super::names::{NAMES, Name, named};

/// Something the operator should know that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

/// The environment as name and value, handed in so that a test needs no process of its own.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process. Variables that are not Unicode are not ours and are left out.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_this_process() -> Self {
        let readable = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Environment(readable.collect())
    }

    /// The value of a variable that is not a setting of the product, such as `NO_COLOR`.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Environment(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text, trimmed.
    pub value: String,
    /// The variable, or the place in the file.
    pub by: String,
}

/// What was given, by path.
#[derive(Clone, Debug, Default)]
pub struct Values {
    given: BTreeMap<&'static str, Given>,
    environment: Environment,
}

impl Values {
    /// What was given for a path of the table.
    pub fn get(&self, path: &str) -> Option<&Given> {
        self.given.get(named(path).path)
    }

    /// The value of a variable that a file refers to by `${NAME}`.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.variable(name).map(str::to_owned)
    }

    /// Sets a value from the command line, which wins over everything.
    pub fn set(&mut self, path: &str, value: impl Into<String>, by: &str) {
        self.given.insert(named(path).path, Given { value: value.into(), by: by.to_owned() });
    }
}

/// Reads what is given. `file` must exist if it is named.
///
/// # Errors
/// A file that cannot be read, is not TOML, or has a name that means nothing.
pub fn read(file: Option<&Path>, environment: &Environment) -> Result<(Values, Vec<Notice>), Vec<Problem>> {
    let mut values = Values { environment: environment.clone(), ..Values::default() };
    if let Some(path) = file {
        values.given = from_file(path)?;
    }
    let mut notices = Vec::new();
    for name in NAMES {
        take_from_environment(name, environment, &mut values, &mut notices);
    }
    notices.extend(unknown_variables(environment));
    Ok((values, notices))
}

fn take_from_environment(name: &'static Name, environment: &Environment, values: &mut Values, notices: &mut Vec<Notice>) {
    let variables = std::iter::once(name.native).chain(name.compatible.iter().copied());
    let mut set = variables.filter_map(|variable| Some((variable, environment.variable(variable)?.trim())));
    let in_file = values.given.get(name.path).map(|given| given.by.clone());
    let Some((first, value)) = set.next() else { return };
    // A compatible variable does not win over the native file.
    if let Some(by) = in_file.filter(|_| first != name.native) {
        notices.push(overruled(first, &by));
        return;
    }
    notices
        .extend(set.filter(|(variable, other)| *other != value && belongs_here(variable)).map(|(variable, _)| overruled(variable, first)));
    values.given.insert(name.path, Given { value: value.to_owned(), by: first.to_owned() });
}

/// A front end's variable stands beside the server's by design: nobody is warned of it.
fn belongs_here(variable: &str) -> bool {
    !variable.starts_with("VITE_")
}

fn overruled(loser: &str, winner: &str) -> Notice {
    Notice(format!("{loser} is set but does not count, because {winner} is set too. Remove one of the two."))
}

fn unknown_variables(environment: &Environment) -> Vec<Notice> {
    let known = |variable: &str| NAMES.iter().any(|name| name.native == variable) || variable.starts_with("RAPPORT_TEST_");
    let unknown = environment.0.keys().filter(|variable| variable.starts_with("RAPPORT_") && !known(variable));
    unknown.map(|variable| Notice(format!("{variable} is no setting of Rapport and does nothing.{}", suggestion(variable)))).collect()
}

fn suggestion(variable: &str) -> String {
    let nearest = NAMES.iter().map(|name| (distance(name.native, variable), name.native)).min();
    nearest.filter(|(away, _)| *away <= 6).map(|(_, native)| format!(" Did you mean {native}?")).unwrap_or_default()
}

fn from_file(path: &Path) -> Result<BTreeMap<&'static str, Given>, Vec<Problem>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        vec![Problem::new(
            "config_file_unreadable",
            format!("The configuration file {shown} cannot be read."),
            error.to_string(),
            "Check the path after --config and that this user may read the file.",
        )]
    })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
        vec![Problem::new(
            "config_file_invalid",
            format!("The configuration file {shown} is not valid TOML (line {line})."),
            error.message().to_owned(),
            "Mend that line. Text values stand in double quotes.",
        )]
    })?;
    flatten(&table, &shown.to_string())
}

fn flatten(table: &toml::Table, file: &str) -> Result<BTreeMap<&'static str, Given>, Vec<Problem>> {
    let mut given = BTreeMap::new();
    let mut problems = Vec::new();
    for (section, inside) in table {
        let Some(inside) = inside.as_table() else {
            problems.push(unknown_key(section, file));
            continue;
        };
        for (key, value) in inside {
            let path = format!("{section}.{key}");
            match (NAMES.iter().find(|name| name.path == path), text_of(value)) {
                (Some(name), Some(value)) => {
                    given.insert(name.path, Given { value, by: format!("{path} in {file}") });
                }
                (Some(_), None) => problems.push(Problem::new(
                    "config_value_invalid",
                    format!("{path} in {file} has a value of a kind that is not understood."),
                    "A text, a number, true or false, or a list of texts is expected",
                    format!("Write {path} as a text in double quotes."),
                )),
                (None, _) => problems.push(unknown_key(&path, file)),
            }
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(problems) }
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.trim().to_owned()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(list) => list.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>().map(|texts| texts.join(" ")),
        _ => None,
    }
}

fn unknown_key(path: &str, file: &str) -> Problem {
    let nearest = NAMES.iter().min_by_key(|name| distance(name.path, path)).expect("the table is not empty");
    Problem::new(
        "config_key_unknown",
        format!("{path} in {file} is no setting of Rapport."),
        "A misspelt setting would silently not count",
        format!("Did you mean {}? Otherwise remove the line.", nearest.path),
    )
}

/// Levenshtein's distance, in bytes.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let replaced = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_native_name_wins_and_a_notice_says_so() {
        let environment = Environment::from([("BASE_URL", "https://a.example"), ("RAPPORT_SERVER_BASE_URL", "https://b.example")]);
        let (values, notices) = read(None, &environment).unwrap();
        assert_eq!(values.get("server.base_url").unwrap().value, "https://b.example");
        assert_eq!(notices.len(), 1);
        assert!(notices[0].0.starts_with("BASE_URL is set but does not count"), "{notices:?}");
    }

    #[test]
    fn a_native_variable_wins_over_the_file_and_the_file_over_a_compatible_variable() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rapport.toml");
        std::fs::write(&file, "[microsoft]\ntenant_id = \"of-file.example\"\nextra_scopes = [\"Mail.Send\", \"Calendars.Read\"]\n")
            .unwrap();
        let compatible = Environment::from([("MICROSOFT_TENANT_ID", "of-env.example")]);
        let (values, notices) = read(Some(&file), &compatible).unwrap();
        assert_eq!(values.get("microsoft.tenant_id").unwrap().value, "of-file.example");
        assert_eq!(values.get("microsoft.extra_scopes").unwrap().value, "Mail.Send Calendars.Read");
        assert_eq!(notices.len(), 1);
        let native = Environment::from([("RAPPORT_MICROSOFT_TENANT_ID", "native.example")]);
        assert_eq!(read(Some(&file), &native).unwrap().0.get("microsoft.tenant_id").unwrap().value, "native.example");
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_right_one() {
        let table: toml::Table = "[server]\nbase_uri = \"http://localhost:3000\"".parse().unwrap();
        let problems = flatten(&table, "rapport.toml").unwrap_err();
        assert!(problems[0].action.contains("server.base_url"), "{problems:?}");
    }

    #[test]
    fn a_misspelt_native_variable_is_noticed() {
        let (_, notices) = read(None, &Environment::from([("RAPPORT_SERVER_BASEURL", "x")])).unwrap();
        assert!(notices[0].0.contains("Did you mean RAPPORT_SERVER_BASE_URL?"), "{notices:?}");
    }
}
