//! The machine: what the tests need beyond the Rust toolchain, installed where that is possible and asked for once.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{command, has, root, say, succeeds, succeeds_quietly, target};

/// The directory of PostgreSQL's server programs, installed if root may.
///
/// # Errors
/// Why there is none.
pub fn postgres_programs() -> Result<PathBuf, String> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    install("postgresql")?;
    find_postgres().ok_or_else(|| "PostgreSQL was installed but its programs were not found".to_owned())
}

fn find_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.filter_map(Result::ok).map(|version| version.path().join("bin"));
    let mut whole: Vec<_> = programs.filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists()).collect();
    whole.sort();
    whole.pop()
}

/// MariaDB's server programs, installed if root may. The package is that of the programs alone: no service starts.
///
/// # Errors
/// Why there are none.
pub fn mariadb_programs() -> Result<(), String> {
    let is_whole =
        || ["mariadbd", "mysqld"].into_iter().any(has_server) && ["mariadb-install-db", "mysql_install_db"].into_iter().any(has_server);
    if is_whole() {
        return Ok(());
    }
    // One prints the other's defaults.
    install("mariadb-client-core")?;
    install("mariadb-server-core")?;
    if is_whole() { Ok(()) } else { Err("mariadb-server-core was installed but its programs were not found".to_owned()) }
}

/// Servers' programs are often not on the path.
fn has_server(program: &str) -> bool {
    has(program) || std::path::Path::new("/usr/sbin").join(program).exists()
}

/// A Chromium, installed if root may.
///
/// # Errors
/// Why there is none.
pub fn chromium() -> Result<&'static str, String> {
    let known = ["chromium", "chromium-browser", "google-chrome"];
    if let Some(found) = known.into_iter().find(|name| has(name)) {
        return Ok(found);
    }
    install("chromium")?;
    known.into_iter().find(|name| has(name)).ok_or_else(|| "chromium was installed but is not on the path".to_owned())
}

fn install(package: &str) -> Result<(), String> {
    if !has("apt-get") {
        return Err(format!("{package} is not here and there is no apt-get to install it with"));
    }
    if !is_root() {
        return Err(format!("{package} is not here and only root may install it: `sudo apt-get install {package}`"));
    }
    say(&format!("Installing {package} …"));
    let get = |arguments: &[&str]| succeeds_quietly(command("apt-get", arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    // What is there stays: where a package excludes another, nothing is installed.
    let install = ["install", "-y", "--no-remove", "--no-install-recommends", package];
    let done = get(&install) || (get(&["update"]) && get(&install));
    if done { Ok(()) } else { Err(format!("{package} is not here and apt-get could not install it")) }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A Python of our own under the target directory, with what `requirements` lists.
///
/// # Errors
/// Why there is none.
pub fn python(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let home = target().join("xtask").join(name);
    let python = home.join("bin/python");
    let list = root().join(requirements);
    let wanted = std::fs::read_to_string(&list).map_err(|error| format!("{requirements} cannot be read: {error}"))?;
    let stamp = home.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if !has("python3") {
        return Err("there is no python3".to_owned());
    }
    make_venv(&home)?;
    let list = list.display().to_string();
    if !succeeds(&mut command(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &list])) {
        return Err(format!("pip could not install {requirements} (no package registry?)"));
    }
    std::fs::write(&stamp, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

fn make_venv(home: &std::path::Path) -> Result<(), String> {
    let place = home.display().to_string();
    let venv = || succeeds_quietly(&mut command("python3", &["-m", "venv", &place]));
    if venv() || (install("python3-venv").is_ok() && venv()) {
        return Ok(());
    }
    Err("python3 cannot make a virtual environment (package python3-venv)".to_owned())
}

/// Where a program on the path lives.
pub fn path_of(program: &str) -> String {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
