//! The table: for each kind of question how many answers, and how long they took.

use std::time::Duration;

use crate::readers::{Answer, KINDS};

/// Prints it, and says whether every kind was answered, always, and quickly enough.
pub fn print(engine: &str, answers: &[Answer], goal_ms: f64) -> bool {
    println!("\n{engine:<34} {:>6} {:>7} {:>9} {:>9} {:>9} {:>9}", "answers", "failed", "p50 ms", "p90 ms", "p99 ms", "max ms");
    let mut good = true;
    for kind in KINDS {
        let of_kind: Vec<&Answer> = answers.iter().filter(|answer| answer.kind == kind).collect();
        let failed: Vec<&String> = of_kind.iter().filter_map(|answer| answer.outcome.as_ref().err()).collect();
        let mut took: Vec<Duration> = of_kind.iter().map(|answer| answer.took).collect();
        took.sort_unstable();
        let at = |share: f64| took.get(((took.len() as f64 * share).ceil() as usize).saturating_sub(1)).map_or(f64::NAN, millis);
        let late = at(0.99).is_nan() || at(0.99) > goal_ms;
        good &= !late && failed.is_empty();
        let mark = if late { "  over the goal" } else { "" };
        let figures = [0.5, 0.9, 0.99, 1.0].map(|share| format!("{:>9.1}", at(share))).join(" ");
        println!("{kind:<34} {:>6} {:>7} {figures}{mark}", of_kind.len(), failed.len());
        if let Some(first) = failed.first() {
            println!("    {}", first.chars().take(200).collect::<String>());
        }
    }
    good
}

fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
