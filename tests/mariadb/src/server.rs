//! A MariaDB server for tests, and databases on it.
//!
//! It is started from the programs of the machine: in a folder for the occasion, on a free port of the loopback, as another user if we are
//! root, without care for a loss of power and apart from any that runs as a service. It stops and its folder goes when this process ends,
//! however it ends: a shell holds the other end of a pipe and sees it close. `cargo xtask test` installs the programs.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

/// Where programs of servers are.
const FOLDERS: [&str; 6] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec", "/opt/homebrew/bin"];

/// A MariaDB server.
#[derive(Debug)]
pub struct Server {
    port: u16,
    /// Held, not used: when this end of its pipe closes, the shell stops the server.
    _keeper: Child,
}

/// The server that all tests of this process share.
///
/// # Errors
/// A sentence that says what is lacking, the same for every caller.
pub fn shared() -> Result<&'static Server, &'static str> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref().map_err(String::as_str)
}

impl Server {
    /// Starts a private server.
    ///
    /// # Errors
    /// A sentence that says what is lacking.
    pub fn start() -> Result<Self, String> {
        let programs = Programs::find().ok_or(
            "MariaDB's programs (mariadbd, mariadb-install-db) are not on this machine; install mariadb-server, or run `cargo xtask test`",
        )?;
        let folder = tempfile::Builder::new().prefix("rapport-mariadb-").tempdir().map_err(told)?.keep();
        let account = Account::for_server(&folder)?;
        initialise(&programs, &folder, account)?;
        let mut last = String::new();
        for _ in 0..5 {
            let port = free_port().map_err(told)?;
            match keep(&programs, &folder, account, port) {
                Ok(keeper) => return Ok(Server { port, _keeper: keeper }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A new, empty database on it. It stays as long as the server.
    ///
    /// # Errors
    /// A sentence that says what is lacking.
    pub async fn database(&self) -> Result<Database, String> {
        let name = format!("rapport_{}", &base::random::token().replace(['-', '_'], "x")[..16]);
        let database = Database { name, port: self.port };
        database.run_in(None, &format!("CREATE DATABASE {} CHARACTER SET utf8mb4", database.name)).await?;
        Ok(database)
    }
}

/// A database of a test.
#[derive(Clone, Debug)]
pub struct Database {
    name: String,
    port: u16,
}

impl Database {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port of its server, at 127.0.0.1. The user `root` has no password.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements as the administrator.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn run(&self, sql: &str) -> Result<(), String> {
        self.run_in(Some(&self.name), sql).await
    }

    /// The rows of a statement whose columns are all text, as the administrator.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
        let mut connection = self.connect(Some(&self.name)).await?;
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.map_err(told)?;
        let read = |row: sqlx::mysql::MySqlRow| (0..row.len()).map(|column| row.try_get(column)).collect::<Result<Vec<_>, _>>();
        let rows = rows.into_iter().map(read).collect::<Result<_, _>>().map_err(told);
        connection.close().await.map_err(told)?;
        rows
    }

    async fn run_in(&self, database: Option<&str>, sql: &str) -> Result<(), String> {
        let mut connection = self.connect(database).await?;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map_err(told)?;
        connection.close().await.map_err(told)
    }

    async fn connect(&self, database: Option<&str>) -> Result<MySqlConnection, String> {
        let options = MySqlConnectOptions::new().host("127.0.0.1").port(self.port).username("root").ssl_mode(MySqlSslMode::Disabled);
        let options = database.map_or(options.clone(), |name| options.database(name));
        options.disable_statement_logging().connect().await.map_err(told)
    }
}

struct Programs {
    server: PathBuf,
    installer: PathBuf,
}

impl Programs {
    fn find() -> Option<Self> {
        Some(Programs { server: find(&["mariadbd", "mysqld"])?, installer: find(&["mariadb-install-db", "mysql_install_db"])? })
    }
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let places = names.iter().flat_map(|name| FOLDERS.iter().map(move |folder| Path::new(folder).join(name)));
    places.into_iter().find(|path| path.exists())
}

/// Whom the server runs as, where that is not us.
#[derive(Clone, Copy)]
struct Account(Option<(u32, u32)>);

impl Account {
    /// MariaDB refuses root: then it runs as `mysql` or `nobody`, who gets the folder.
    fn for_server(folder: &Path) -> Result<Self, String> {
        if std::fs::metadata(folder).map_err(told)?.uid() != 0 {
            return Ok(Account(None));
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(told)?;
        let found = ["mysql", "nobody"].iter().find_map(|name| user(&users, name));
        let (uid, gid) = found.ok_or("MariaDB does not run as root, and there is neither a user `mysql` nor `nobody`")?;
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

fn initialise(programs: &Programs, folder: &Path, account: Account) -> Result<(), String> {
    let data = format!("--datadir={}", folder.join("data").display());
    let made = account
        .command(&programs.installer, folder)
        .args(["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"])
        .output()
        .map_err(told)?;
    if made.status.success() { Ok(()) } else { Err(format!("mariadb-install-db failed: {}", String::from_utf8_lossy(&made.stderr))) }
}

/// Starts the server under a shell that stops it when our end of the pipe closes.
fn keep(programs: &Programs, folder: &Path, account: Account, port: u16) -> Result<Child, String> {
    const SCRIPT: &str = "\"$1\" --no-defaults --datadir=\"$2/data\" --port=\"$3\" --socket=\"$2/socket\" --pid-file=\"$2/pid\" \
        --bind-address=127.0.0.1 --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=32M --skip-log-bin --max-connections=200 \
        >log 2>&1 & server=$!
        tries=0; until grep -q 'ready for connections' log; do
            kill -0 $server 2>/dev/null && [ $tries -lt 600 ] || { echo failed; kill -9 $server 2>/dev/null; exit 1; }
            tries=$((tries + 1)); sleep 0.1
        done
        echo ready; cat >/dev/null; kill -9 $server 2>/dev/null; wait $server 2>/dev/null; rm -rf \"$2\"";
    let mut keeper = account
        .command(Path::new("/bin/sh"), folder)
        .args(["-c", SCRIPT, "sh"])
        .args([programs.server.as_path(), folder])
        .arg(port.to_string())
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
    Err(format!("MariaDB did not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default()))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn told(error: impl fmt::Display) -> String {
    error.to_string()
}
