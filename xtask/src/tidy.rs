//! The rules of the repository that neither compiler nor clippy checks.

use std::path::Path;

use crate::run::{root, say};
use crate::sources;
use crate::tally::{FAILED, WELL};

const FILE_LINES_MAX: usize = 800;
/// Rooms that should have a name of their own.
const NAMELESS: [&str; 7] = ["utils", "util", "helpers", "helper", "common", "misc", "types"];
/// What would tie the project to one machine. Written in pieces, so that this file does not find itself.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Checks all rules and says each breach.
///
/// # Errors
/// When the files cannot be listed.
pub fn check() -> Result<u8, String> {
    let breaches = breaches()?;
    for breach in &breaches {
        say(breach);
    }
    say(&format!("tidy: {}", if breaches.is_empty() { "nothing to mend".to_owned() } else { format!("{} to mend", breaches.len()) }));
    Ok(if breaches.is_empty() { WELL } else { FAILED })
}

/// Every breach, a sentence each.
///
/// # Errors
/// When the files cannot be listed.
pub fn breaches() -> Result<Vec<String>, String> {
    let mut breaches = Vec::new();
    for path in sources::files()? {
        // What is not text has no lines to judge.
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        breaches.extend(breaches_of(&path, &text).into_iter().map(|rule| format!("{}: {rule}", path.display())));
    }
    Ok(breaches)
}

fn breaches_of(path: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if path.extension().is_some_and(|extension| extension == "rs") {
        breaches.extend(breaches_of_rust(path, text));
    }
    let judged = path.file_name().is_none_or(|name| name != "Cargo.lock");
    if judged && let Some((number, _)) = text.lines().enumerate().find(|(_, line)| names_a_machine(line)) {
        breaches.push(format!("line {} names a path of one machine", number + 1));
    }
    breaches
}

fn breaches_of_rust(path: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push("does not open with `//!`: what is it for?".to_owned());
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        breaches.push(format!("has {lines} lines; {FILE_LINES_MAX} is the end"));
    }
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned());
    if let Some(nameless) = parts.into_iter().find(|part| NAMELESS.contains(&part.as_str())) {
        breaches.push(format!("`{nameless}` is not the name of anything: what does it hold?"));
    }
    for forbidden in [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[ig", "nore")] {
        if text.contains(forbidden) {
            breaches.push(format!("has `{forbidden}`"));
        }
    }
    breaches
}

fn names_a_machine(line: &str) -> bool {
    MACHINE_PATHS.iter().any(|path| line.contains(path) && !line.contains("https://") && !line.contains("http://"))
}

#[cfg(test)]
mod tests {
    use super::breaches_of;
    use std::path::Path;

    #[test]
    fn each_rule_finds_its_breach() {
        let long = format!("//! x\n{}", "x\n".repeat(800));
        for (path, text) in [
            ("crates/a/src/x.rs", "fn x() {}"),
            ("crates/a/src/utils.rs", "//! x"),
            ("crates/a/src/common/x.rs", "//! x"),
            ("crates/a/src/x.rs", long.as_str()),
            ("docs/x.md", concat!("see /wo", "rk/main")),
        ] {
            assert_eq!(breaches_of(Path::new(path), text).len(), 1, "{path}");
        }
        assert!(breaches_of(Path::new("crates/a/src/x.rs"), "//! x\nfn x() {}").is_empty());
    }
}
