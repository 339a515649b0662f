//! `cargo xtask sabotage`: takes each named guard out of a copy of the tree and shows that chaos fails without it. A
//! test that cannot fail proves nothing.
//!
//! The mutations are data, in `sabotage.toml`: a file, the text to take out, the text to put in.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::chaos;
use crate::run::{command, each_line, root, say, target};
use crate::sources;
use crate::tally::{FAILED, WELL};

#[derive(Deserialize)]
struct Mutations {
    #[serde(default)]
    mutation: Vec<Mutation>,
}

/// A guard, and how it is taken out.
#[derive(Clone, Debug, Deserialize)]
struct Mutation {
    /// How it is asked for.
    name: String,
    /// What it guards, one sentence.
    about: String,
    /// Where it stands.
    file: PathBuf,
    /// The text there, exactly once.
    from: String,
    /// What stands there instead.
    to: String,
}

/// Takes out every guard in turn.
///
/// # Errors
/// When a mutation no longer fits the tree.
pub fn all() -> Result<u8, String> {
    let mutations = read()?;
    let mut unnoticed = Vec::new();
    for mutation in &mutations {
        if !noticed(mutation, &chaos::Arguments { seeds: 300, ..chaos::Arguments::default() })? {
            unnoticed.push(mutation.name.as_str());
        }
    }
    say(&format!("sabotage: {} of {} guards are missed when they are gone", mutations.len() - unnoticed.len(), mutations.len()));
    for name in &unnoticed {
        say(&format!("nobody missed: {name}"));
    }
    Ok(if unnoticed.is_empty() && !mutations.is_empty() { WELL } else { FAILED })
}

/// Takes out one guard; ends well if chaos fails.
///
/// # Errors
/// When there is no such guard, or it no longer fits the tree.
pub fn one(name: &str, arguments: &chaos::Arguments) -> Result<u8, String> {
    let mutations = read()?;
    let names: Vec<_> = mutations.iter().map(|mutation| mutation.name.as_str()).collect();
    let known = || format!("there is no guard `{name}`; the guards are: {}", names.join(", "));
    let mutation = mutations.iter().find(|mutation| mutation.name == name).ok_or_else(known)?;
    Ok(if noticed(mutation, arguments)? { WELL } else { FAILED })
}

fn read() -> Result<Vec<Mutation>, String> {
    let text = std::fs::read_to_string(root().join("xtask/sabotage.toml")).map_err(|error| format!("sabotage.toml: {error}"))?;
    toml::from_str::<Mutations>(&text).map(|read| read.mutation).map_err(|error| format!("sabotage.toml: {error}"))
}

fn noticed(mutation: &Mutation, arguments: &chaos::Arguments) -> Result<bool, String> {
    say(&format!("\nWithout {}: {}", mutation.name, mutation.about));
    let copy = target().join("sabotage/tree");
    copy_tree(&copy)?;
    apply(mutation, &copy)?;
    let build = target().join("sabotage/build");
    let mut build_only = command("cargo", &["test", "--quiet", "--package", "e2e", "--test", "chaos", "--no-run"]);
    build_only.current_dir(&copy).env("CARGO_TARGET_DIR", &build);
    if !crate::run::succeeds(&mut build_only) {
        return Err(format!("without {} the tree does not build: mend sabotage.toml", mutation.name));
    }
    let mut run = command("cargo", &["test", "--quiet", "--package", "e2e", "--test", "chaos", "--", "--nocapture"]);
    run.current_dir(&copy).env("CARGO_TARGET_DIR", &build);
    chaos::wishes(&mut run, arguments);
    let mut last = Vec::new();
    let held = each_line(&mut run, |line| keep_last(&mut last, line));
    say(&last.join("\n"));
    say(&format!("without {}: chaos {}", mutation.name, if held { "noticed nothing" } else { "failed, as it must" }));
    Ok(!held)
}

fn keep_last(last: &mut Vec<String>, line: &str) {
    const LINES: usize = 12;
    if last.len() == LINES {
        last.remove(0);
    }
    last.push(line.to_owned());
}

/// Brings the copy up to date. Files that are the same stay untouched, so that little is built anew.
fn copy_tree(copy: &Path) -> Result<(), String> {
    for path in sources::files()? {
        let (from, to) = (root().join(&path), copy.join(&path));
        let bytes = std::fs::read(&from).map_err(|error| format!("{}: {error}", path.display()))?;
        if std::fs::read(&to).is_ok_and(|known| known == bytes) {
            continue;
        }
        let parent = to.parent().expect("a file has a directory");
        let written = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&to, &bytes));
        written.map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}

fn apply(mutation: &Mutation, copy: &Path) -> Result<(), String> {
    let path = copy.join(&mutation.file);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", mutation.file.display()))?;
    let found = text.matches(&mutation.from).count();
    if found != 1 {
        return Err(format!(
            "{}: the text of `{}` is there {found} times, not once: mend sabotage.toml",
            mutation.file.display(),
            mutation.name
        ));
    }
    std::fs::write(&path, text.replace(&mutation.from, &mutation.to)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{read, root};

    #[test]
    fn every_mutation_still_fits_the_tree() {
        for mutation in read().unwrap() {
            let text = std::fs::read_to_string(root().join(&mutation.file)).unwrap_or_default();
            let found = text.matches(&mutation.from).count();
            assert_eq!(found, 1, "{} in {}", mutation.name, mutation.file.display());
        }
    }
}
