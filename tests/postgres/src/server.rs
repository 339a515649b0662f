//! A PostgreSQL server for tests, and databases on it.
//!
//! `RAPPORT_TEST_POSTGRES` names a server to use (`postgres://user@host:port`), or is `none` where PostgreSQL is to be
//! left out on purpose. Without it a private server is started from the programs of the machine: in a folder for the
//! occasion, on a free port of the loopback, as another user if we are root (PostgreSQL refuses root), without care for
//! a loss of power. It stops and its folder goes when this process ends, however it ends: a shell holds the other end
//! of a pipe and sees it close.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};

use tokio_postgres::NoTls;

/// The environment variable that names a server to use.
pub const VARIABLE: &str = "RAPPORT_TEST_POSTGRES";
/// The value of [`VARIABLE`] that leaves PostgreSQL out on purpose.
pub const LEFT_OUT: &str = "none";

/// Why there is no PostgreSQL.
#[derive(Debug)]
pub enum Unavailable {
    /// It was left out on purpose.
    LeftOut,
    /// This machine cannot run one.
    Failed(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unavailable::LeftOut => write!(f, "PostgreSQL was left out on purpose ({VARIABLE}={LEFT_OUT})"),
            Unavailable::Failed(reason) => {
                write!(f, "{reason}; install PostgreSQL, name a server in {VARIABLE}, or leave it out with {VARIABLE}={LEFT_OUT}")
            }
        }
    }
}

impl std::error::Error for Unavailable {}

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Server {
    url: String,
    /// Held, not used: when this end of its pipe closes, the shell stops the server.
    _keeper: Option<Child>,
}

/// The server that all tests of this process share.
///
/// # Errors
/// [`Unavailable`], the same for every caller.
pub fn shared() -> Result<&'static Server, &'static Unavailable> {
    static SERVER: OnceLock<Result<Server, Unavailable>> = OnceLock::new();
    SERVER.get_or_init(Server::find).as_ref()
}

impl Server {
    /// The server that is given, or a private one.
    ///
    /// # Errors
    /// [`Unavailable`].
    #[allow(clippy::disallowed_methods, reason = "a test's own setting, read nowhere else")]
    pub fn find() -> Result<Self, Unavailable> {
        match std::env::var(VARIABLE) {
            Ok(value) if value == LEFT_OUT => Err(Unavailable::LeftOut),
            Ok(url) if !url.is_empty() => Ok(Server { url: url.trim_end_matches('/').to_owned(), _keeper: None }),
            _ => Self::start().map_err(Unavailable::Failed),
        }
    }

    /// Starts a private server.
    ///
    /// # Errors
    /// A sentence that says what is lacking.
    pub fn start() -> Result<Self, String> {
        let programs = programs().ok_or("PostgreSQL's programs (initdb, pg_ctl) are not on this machine")?;
        let folder = tempfile::Builder::new().prefix("rapport-postgres-").tempdir().map_err(told)?.keep();
        let account = Account::for_server(&folder)?;
        initialise(&programs, &folder, account)?;
        let mut last = String::new();
        for _ in 0..5 {
            let port = free_port().map_err(told)?;
            match keep(&programs, &folder, account, port) {
                Ok(keeper) => return Ok(Server { url: format!("postgres://postgres@127.0.0.1:{port}"), _keeper: Some(keeper) }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A new, empty database on it. It stays as long as the server, or until it is [dropped](Self::drop_database).
    ///
    /// # Errors
    /// A sentence that says what is lacking.
    pub async fn database(&self) -> Result<Database, String> {
        let name = format!("rapport_{}", &base::random::token()[..16]);
        run(&format!("{}/postgres", self.url), &format!("CREATE DATABASE {name}")).await?;
        Ok(Database { url: format!("{}/{name}", self.url).into() })
    }

    /// Takes a database away with whoever is connected to it: hundreds of them fill a disk.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub async fn drop_database(&self, database: Database) -> Result<(), String> {
        let name = database.url.rsplit('/').next().unwrap_or_default();
        run(&format!("{}/postgres", self.url), &format!("DROP DATABASE {name} WITH (FORCE)")).await
    }

    /// Its address, without a database.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A database of a test.
#[derive(Clone, Debug)]
pub struct Database {
    url: Arc<str>,
}

impl Database {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn run(url: &str, sql: &str) -> Result<(), String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(told)?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(sql).await.map_err(told);
    drop(client);
    let _ = connection.await;
    done
}

/// Where the newest installed PostgreSQL keeps its programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
    let others = ["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    let mut found: Vec<PathBuf> = versions.filter(|folder| folder.join("initdb").exists()).collect();
    found.sort();
    found.pop().or_else(|| others.into_iter().find(|folder| folder.join("initdb").exists()))
}

/// Whom the server runs as, where that is not us.
#[derive(Clone, Copy)]
struct Account(Option<(u32, u32)>);

impl Account {
    /// PostgreSQL refuses root: then it runs as `postgres` or `nobody`, who gets the folder.
    fn for_server(folder: &Path) -> Result<Self, String> {
        if std::fs::metadata(folder).map_err(told)?.uid() != 0 {
            return Ok(Account(None));
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(told)?;
        let found = ["postgres", "nobody"].iter().find_map(|name| user(&users, name));
        let (uid, gid) = found.ok_or("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")?;
        std::os::unix::fs::chown(folder, Some(uid), Some(gid)).map_err(told)?;
        Ok(Account(Some((uid, gid))))
    }

    fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C.UTF-8");
        if let Account(Some((uid, gid))) = self {
            command.uid(uid).gid(gid);
        }
        command
    }
}

fn user(users: &str, name: &str) -> Option<(u32, u32)> {
    let fields: Vec<&str> = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').collect();
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

fn initialise(programs: &Path, folder: &Path, account: Account) -> Result<(), String> {
    let made = account
        .command(&programs.join("initdb"), folder)
        .args(["--pgdata=data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
        .output()
        .map_err(told)?;
    if made.status.success() { Ok(()) } else { Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr))) }
}

/// Starts the server under a shell that stops it when our end of the pipe closes.
fn keep(programs: &Path, folder: &Path, account: Account, port: u16) -> Result<Child, String> {
    const SCRIPT: &str = "\"$1/pg_ctl\" -D data -w -t 60 -l log start >/dev/null 2>&1 && echo ready || { echo failed; exit 1; }
        cat >/dev/null; \"$1/pg_ctl\" -D data -m immediate stop >/dev/null 2>&1; rm -rf \"$2\"";
    let settings = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nfsync = off\nfull_page_writes = off\nmax_connections = 300\nshared_buffers = 64MB\n"
    );
    let mut file = std::fs::OpenOptions::new().append(true).open(folder.join("data/postgresql.conf")).map_err(told)?;
    file.write_all(settings.as_bytes()).map_err(told)?;
    let mut keeper = account
        .command(Path::new("/bin/sh"), folder)
        .args(["-c", SCRIPT, "sh"])
        .args([programs, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(told)?;
    let mut line = String::new();
    let output = keeper.stdout.take().ok_or("the shell has no output")?;
    BufReader::new(output).read_line(&mut line).map_err(told)?;
    if line.trim() == "ready" {
        return Ok(keeper);
    }
    let _ = keeper.wait();
    Err(format!("PostgreSQL did not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default()))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn told(error: impl fmt::Display) -> String {
    error.to_string()
}
