//! What was measured, what was aimed at, and whether it was reached: one table.

use std::fmt;

use serde::Serialize;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was measured.
    pub what: &'static str,
    /// The figure, with its unit.
    pub figure: String,
    /// What was aimed at.
    pub goal: String,
    /// Whether it was reached; `None` where there is no goal.
    pub reached: Option<bool>,
}

/// All lines.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// In the order of measuring.
    pub lines: Vec<Line>,
}

impl Verdict {
    /// A figure without a goal.
    pub fn note(&mut self, what: &'static str, figure: String) {
        self.lines.push(Line { what, figure, goal: String::new(), reached: None });
    }

    /// A figure that is to be at most `most`.
    pub fn at_most(&mut self, what: &'static str, figure: f64, unit: &str, most: f64) {
        let goal = format!("at most {most} {unit}");
        self.lines.push(Line { what, figure: format!("{} {unit}", Rounded(figure)), goal, reached: Some(figure <= most) });
    }

    /// A figure that is to be at least `least`.
    pub fn at_least(&mut self, what: &'static str, figure: f64, unit: &str, least: f64) {
        let goal = format!("at least {least} {unit}");
        self.lines.push(Line { what, figure: format!("{} {unit}", Rounded(figure)), goal, reached: Some(figure >= least) });
    }

    /// Whether every goal was reached.
    pub fn is_good(&self) -> bool {
        self.lines.iter().all(|line| line.reached != Some(false))
    }
}

struct Rounded(f64);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            large if large >= 100.0 => write!(f, "{large:.0}"),
            middle if middle >= 10.0 => write!(f, "{middle:.1}"),
            small => write!(f, "{small:.2}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&Line) -> &str| self.lines.iter().map(|line| column(line).chars().count()).max().unwrap_or(0);
        let (what, figure, goal) = (width(|line| line.what), width(|line| &line.figure), width(|line| &line.goal));
        for line in &self.lines {
            let reached = match line.reached {
                Some(true) => "reached",
                Some(false) => "MISSED",
                None => "",
            };
            let row = format!("{:what$}  {:>figure$}  {:goal$}  {reached}", line.what, line.figure, line.goal);
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn a_missed_goal_is_seen() {
        let mut verdict = Verdict::default();
        verdict.note("messages", "20000".to_owned());
        verdict.at_most("CPU", 120.4, "µs", 200.0);
        assert!(verdict.is_good());
        verdict.at_least("share of the floor", 0.523, "times", 0.6);
        assert!(!verdict.is_good());
        let shown = verdict.to_string();
        assert!(shown.contains("120 µs") && shown.contains("0.52 times  at least 0.6 times  MISSED"), "{shown}");
    }
}
