//! The tally: what passed, what failed, what this machine could not do. Nothing is left out silently.

use crate::run::say;

/// Ends a run in which everything was done and passed.
pub const WELL: u8 = 0;
/// Ends a run in which something failed.
pub const FAILED: u8 = 1;
/// Ends a run in which nothing failed, but something was left out.
pub const LEFT_OUT: u8 = 3;

/// What has been counted so far.
#[derive(Debug, Default)]
pub struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
    left_out: Vec<String>,
}

impl Tally {
    /// One check that either holds or not.
    pub fn check(&mut self, name: &str, holds: bool) {
        if holds { self.passed += 1 } else { self.fail(name) }
    }

    /// One check that does not hold.
    pub fn fail(&mut self, name: &str) {
        self.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// Checks that another program has counted.
    pub fn add(&mut self, passed: u64, failed: u64) {
        self.passed += passed;
        self.failed += failed;
    }

    /// How many have failed so far.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Remembers the name of a failure that is already counted.
    pub fn name_failure(&mut self, name: &str) {
        self.failures.push(name.to_owned());
    }

    /// Something that this machine cannot do, and why.
    pub fn leave_out(&mut self, what: &str) {
        if !self.left_out.iter().any(|known| known == what) {
            self.left_out.push(what.to_owned());
        }
    }

    /// Says it all, the plain line last, and gives the status to end with.
    pub fn conclude(&self) -> u8 {
        for failure in &self.failures {
            say(&format!("failed: {failure}"));
        }
        for what in &self.left_out {
            say(&format!("left out: {what}"));
        }
        say(&self.line());
        self.status()
    }

    fn status(&self) -> u8 {
        match (self.failed, self.left_out.is_empty()) {
            (0, true) => WELL,
            (0, false) => LEFT_OUT,
            _ => FAILED,
        }
    }

    fn line(&self) -> String {
        let skipped = if self.left_out.is_empty() { String::new() } else { format!(", {} skipped", self.left_out.len()) };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// Reads the counts of `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
pub fn counts(line: &str) -> Option<(u64, u64, u64)> {
    let rest = line.strip_prefix("test result: ")?;
    let number = |word: &str| rest.split([';', '.']).find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok());
    Some((number("passed")?, number("failed")?, number("ignored").unwrap_or(0)))
}

/// The panics of a test program, each with the first line of what it says: that belongs beside the name of what failed.
#[derive(Debug, Default)]
pub struct Panics {
    seen: Vec<String>,
    /// Where the panic was whose words are still to come.
    place: Option<String>,
}

impl Panics {
    /// Reads `thread 'name' (7) panicked at file.rs:1:2:` and the line after it.
    pub fn read(&mut self, line: &str) {
        if let Some((_, place)) = line.split_once(" panicked at ") {
            self.place = Some(place.trim_end_matches(':').to_owned());
        } else if let Some(place) = self.place.take_if(|_| !line.trim().is_empty()) {
            self.seen.push(format!("{place}: {}", line.trim()));
        }
    }

    /// Those read since the last time.
    pub fn take(&mut self) -> Vec<String> {
        self.place = None;
        std::mem::take(&mut self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_test_program_are_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.03s";
        assert_eq!(counts(line), Some((12, 1, 2)));
        assert_eq!(counts("running 3 tests"), None);
    }

    #[test]
    fn what_a_panic_says_is_read_with_its_place() {
        let mut panics = Panics::default();
        let printed = "---- a stdout ----\n\nthread 'a' (12) panicked at src/a.rs:1:2:\n\nthe database opens: Unavailable\nnote: run with";
        printed.lines().for_each(|line| panics.read(line));
        assert_eq!(panics.take(), ["src/a.rs:1:2: the database opens: Unavailable"]);
        assert!(panics.take().is_empty());
    }

    #[test]
    fn what_is_left_out_has_a_status_of_its_own() {
        let mut tally = Tally::default();
        tally.check("one", true);
        assert_eq!(tally.status(), WELL);
        tally.leave_out("the browser: no chromium");
        assert_eq!((tally.status(), tally.line().as_str()), (LEFT_OUT, "1 passed, 0 failed, 1 skipped"));
        tally.fail("two");
        assert_eq!(tally.status(), FAILED);
    }
}
