//! The chaos: many seeded schedules on both engines. `cargo xtask chaos` hands its wishes over in the environment:
//! `RAPPORT_TEST_CHAOS_SEEDS` how many schedules for each engine, `_SEED` the first seed, `_ENGINE` one engine only.

#![allow(clippy::print_stdout, reason = "what the schedules met is for people to read")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use e2e::chaos::{COMMIT_POINTS, Histogram, Report, run, target_of};

/// Schedules that `cargo test` runs on each engine.
const SEEDS: u64 = 300;
/// From so many schedules on every fault and commit point must have been met; `cargo xtask test` runs these.
const SEEDS_ENOUGH: u64 = 100;
/// What each kind of fault and each commit point must have met, over both engines.
const AT_LEAST: u64 = 20;
/// Seeds that are looked through for schedules of what is rare.
const EXTRA_MAX: u64 = 2000;

fn wish(name: &str) -> Option<String> {
    std::env::var(format!("RAPPORT_TEST_CHAOS_{name}")).ok().filter(|wish| !wish.is_empty())
}

#[test]
fn after_any_schedule_of_faults_and_crashes_the_mirror_equals_the_source() {
    let seeds: u64 = wish("SEEDS").map_or(SEEDS, |wish| wish.parse().expect("a number of seeds"));
    let first: u64 = wish("SEED").map_or(1, |wish| wish.parse().expect("a seed"));
    let engine = wish("ENGINE");
    let wanted = |name: &&str| engine.as_deref().is_none_or(|wanted| wanted == *name);
    let engines = ["sqlite", "postgres"].into_iter().filter(wanted).filter(|name| can_run(name));
    let schedules: Vec<_> = engines.flat_map(|name| (first..first + seeds).map(move |seed| (name, seed))).collect();
    let next = AtomicUsize::new(0);
    let histogram = Mutex::new(Histogram::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((name, seed)) = schedules.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let report = on(name, *seed);
                    assert!(report.wrong.is_empty(), "{}", failure(name, *seed, &report));
                    histogram.lock().expect("no other failed").merge(report.histogram);
                }
            });
        }
    });
    let mut histogram = histogram.into_inner().expect("none failed");
    let every_point_counts = seeds >= SEEDS_ENOUGH && engine.is_none() && can_run("postgres");
    if every_point_counts {
        add_what_is_rare(&mut histogram, first + seeds);
    }
    print_histogram(&histogram);
    if every_point_counts {
        let never: Vec<_> = COMMIT_POINTS.iter().filter(|point| !histogram.0.contains_key(&format!("crash at {point}"))).collect();
        assert!(never.is_empty(), "never stopped at: {never:?}");
        let rare: Vec<_> = histogram.0.iter().filter(|(_, count)| **count < AT_LEAST).collect();
        assert!(rare.is_empty(), "met fewer than {AT_LEAST} times: {rare:?}");
    }
}

#[test]
fn a_seed_replays() {
    let (one, two) = (on("sqlite", 7), on("sqlite", 7));
    assert_eq!(one.trace, two.trace);
}

/// More schedules for the commit points that the others have met too seldom.
fn add_what_is_rare(histogram: &mut Histogram, from: u64) {
    for seed in from..from + EXTRA_MAX {
        let met = histogram.0.get(&format!("crash at {}", target_of(seed))).copied().unwrap_or(0);
        if met < AT_LEAST {
            let report = on("sqlite", seed);
            assert!(report.wrong.is_empty(), "{}", failure("sqlite", seed, &report));
            histogram.merge(report.histogram);
        }
    }
}

/// Whether this machine has the engine; what it lacks is said.
fn can_run(engine: &str) -> bool {
    match test_postgres::shared() {
        Err(why) if engine == "postgres" => {
            println!("left out: chaos on PostgreSQL: {why}");
            false
        }
        _ => true,
    }
}

fn on(engine: &str, seed: u64) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        match engine {
            "sqlite" => {
                let directory = tempfile::tempdir().expect("a directory");
                let path = directory.path().join("rapport.db");
                run(seed, store::Settings::new(format!("sqlite:{}", path.display()))).await
            }
            _ => {
                let server = test_postgres::shared().expect("a PostgreSQL for tests");
                let database = server.database().await.expect("a database");
                let report = run(seed, store::Settings::new(database.url())).await;
                server.drop_database(database).await.expect("it goes");
                report
            }
        }
    })
}

fn failure(engine: &str, seed: u64, report: &Report) -> String {
    let faults = serde_json::to_string(&report.faults).expect("a schedule is JSON");
    format!(
        "\nseed {seed} on {engine}:\n  {}\nfaults: {faults}\nreplay it with: cargo xtask chaos --engine {engine} --seed {seed}\n",
        report.wrong.join("\n  ")
    )
}

fn print_histogram(histogram: &Histogram) {
    println!("what the schedules met:");
    for (name, count) in &histogram.0 {
        println!("{count:>8}  {name}");
    }
}
