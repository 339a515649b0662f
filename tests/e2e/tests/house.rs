//! The arrows of the house: which crate may know which. What ARCHITECTURE.md says, what this test says and what Cargo
//! sees are the same list, or the test fails with a sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Rooms of the product, and whom each may know. Tests and tools stand apart and may know anybody, as written in
/// ARCHITECTURE.md; nobody may know them.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("model", &["base"]),
    ("transport", &["base"]),
    ("graph", &["base", "transport"]),
    ("google", &["base", "transport"]),
    ("store", &["base", "model"]),
    ("inbound", &["base", "google", "graph", "model", "store"]),
    ("desk", &["base", "model", "store"]),
    ("outbound", &["base", "graph", "model", "store"]),
    ("crm", &["base", "model"]),
    ("api", &["base", "google", "graph", "model", "store"]),
    ("web", &["api", "base", "google", "graph", "model", "store"]),
    (
        "rapport",
        &[
            "api",
            "base",
            "crm",
            "crm-sim",
            "desk",
            "google",
            "graph",
            "inbound",
            "microsoft365-sim",
            "model",
            "outbound",
            "store",
            "transport",
            "web",
        ],
    ),
    ("crm-sim", &[]),
    ("microsoft365-sim", &[]),
    ("graph-witness", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The arrows that Cargo sees, without those that only a crate's own tests need.
fn seen_by_cargo() -> Arrows {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name_of = |package: &serde_json::Value| package["name"].as_str().expect("a name").to_owned();
    let members: BTreeSet<String> = packages.iter().map(name_of).collect();
    packages.iter().map(|package| (name_of(package), known_to(package, &members))).collect()
}

fn known_to(package: &serde_json::Value, members: &BTreeSet<String>) -> BTreeSet<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    let needed = dependencies.iter().filter(|dependency| dependency["kind"].as_str() != Some("dev"));
    needed.map(|dependency| dependency["name"].as_str().expect("a name").to_owned()).filter(|name| members.contains(name)).collect()
}

/// The arrows that ARCHITECTURE.md allows: the block fenced as `arrows`.
fn told_by_architecture() -> Arrows {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let block = text.split("```arrows\n").nth(1).and_then(|rest| rest.split("```").next());
    let block = block.expect("ARCHITECTURE.md has a block fenced as ```arrows");
    let arrow = |line: &str| {
        let (room, knows) = line.split_once("->")?;
        Some((room.trim().to_owned(), knows.split_whitespace().map(str::to_owned).collect()))
    };
    block.lines().filter_map(arrow).collect()
}

#[test]
fn no_room_knows_another_that_the_architecture_does_not_allow() {
    let allowed = told_by_architecture();
    let mut wrong = Vec::new();
    for (room, known) in seen_by_cargo() {
        let Some(may_know) = allowed.get(&room) else {
            wrong.push(format!("`{room}` is a member of the workspace and not a line in ARCHITECTURE.md's arrows."));
            continue;
        };
        let extra = known.difference(may_know);
        wrong.extend(
            extra.map(|other| {
                format!("`{room}` may not know `{other}`: go through a room below both, or change ARCHITECTURE.md and say why.")
            }),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_architecture_draws_the_rooms_as_they_were_agreed() {
    let told = told_by_architecture();
    for (room, may_know) in ROOMS {
        let agreed: BTreeSet<String> = may_know.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(told.get(*room), Some(&agreed), "ARCHITECTURE.md and this test disagree on whom `{room}` may know");
    }
}

#[test]
fn nothing_of_the_product_knows_a_test_or_a_tool() {
    let seen = seen_by_cargo();
    let product: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (room, known) in seen.iter().filter(|(room, _)| product.contains(room.as_str())) {
        let strangers: Vec<_> = known.iter().filter(|other| !product.contains(other.as_str()) || *other == "graph-witness").collect();
        assert!(strangers.is_empty(), "`{room}` knows {strangers:?}, which is for tests only");
    }
}

#[test]
fn the_simulator_is_not_our_echo() {
    for simulator in ["microsoft365-sim", "crm-sim"] {
        shares_nothing(simulator);
    }
}

fn shares_nothing(simulator: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", simulator, "--edges", "all", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8(output.stdout).expect("names are text");
    let names: BTreeSet<&str> = tree.lines().filter(|line| line.contains('(')).filter_map(|line| line.split(' ').next()).collect();
    for room in ["base", "model", "transport", "graph", "google", "store", "inbound", "desk", "web", "rapport"] {
        assert!(!names.contains(room), "{simulator} shares `{room}` with the product; they may meet as HTTP only");
    }
}
