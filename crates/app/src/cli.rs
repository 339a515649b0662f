//! The command line: what can be asked of the program, in its own words.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Joins Microsoft 365 to a CRM: a faithful, searchable copy of your team's mail.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, propagate_version = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "Exit status: 0 done; 1 done, and something is wrong with what was looked at; \
2 asked or configured wrongly; 3 cannot be done now.";

/// What holds for every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// Configuration file [default: rapport.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the database and the key file [default: rapport-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Database: `postgres://…` or the path of an SQLite file
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more in the log; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: connect mailboxes, keep them true, show them
    Serve(Serve),
    /// Show everything at once: a Microsoft 365 of its own, four mailboxes, live
    Demo(Demo),
    /// Connect a mailbox: prints the address to consent at, and waits
    Connect(Connect),
    /// List the mailboxes and how they are
    Mailboxes,
    /// List the workspaces, make one, and say whose people belong to it
    Workspaces(Workspaces),
    /// Ask Microsoft for what is new, now
    Sync(Pick),
    /// Compare every folder with the source, now, and print the proof
    Audit(Pick),
    /// Bring original mail out into a directory, with a manifest; the same command goes on where one was interrupted
    Archive(Archive),
    /// Use the databases of customers that integrations.json describes
    Database {
        /// What to do with them
        #[command(subcommand)]
        what: Database,
    },
    /// Look at configuration, database, keys, clock and Microsoft, and say what to mend
    Doctor(Doctor),
    /// Make a new administrator's token, when the old one is lost
    Token {
        /// Make it: the old token and all sessions end
        #[arg(long)]
        new: bool,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct Serve {
    /// Port to listen on
    #[arg(long)]
    pub port: Option<u16>,
}

/// Arguments of `demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Put this mail into the mailboxes instead of generated mail: mbox, maildir, folder, .eml or .tar.gz (repeatable)
    #[arg(long, value_name = "PATH")]
    pub mail: Vec<PathBuf>,
    /// End when everything is here, and print each folder's proof
    #[arg(long)]
    pub until_synced: bool,
    /// With --until-synced: read every message's original from the source through Graph and compare it byte by byte
    #[arg(long, requires = "until_synced")]
    pub check_mime: bool,
    /// Port of the server [default: 3000, or a free one]
    #[arg(long)]
    pub port: Option<u16>,
    /// Seed of the generated tenant
    #[arg(long, default_value_t = 365)]
    pub seed: u64,
    /// Months of generated mail
    #[arg(long, default_value_t = 6)]
    pub months: u32,
    /// With --until-synced: give up after this many seconds
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    pub timeout: u64,
}

/// Arguments of `connect`.
#[derive(Args, Clone, Debug)]
pub struct Connect {
    /// The mailbox; needed with --application, a hint otherwise
    pub address: Option<String>,
    /// Connect a shared mailbox by the app-only registration: nobody has to consent
    #[arg(long, requires = "address")]
    pub application: bool,
    /// How long to wait for the consent
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub wait: u64,
}

/// Which mailboxes a command is about.
#[derive(Args, Clone, Debug, Default)]
pub struct Pick {
    /// Addresses of mailboxes [default: all]
    pub mailboxes: Vec<String>,
    /// Do not wait for the result; the server does the work
    #[arg(long)]
    pub no_wait: bool,
}

/// Arguments of `archive`.
#[derive(Args, Clone, Debug)]
pub struct Archive {
    /// Address of the mailbox [default: all mailboxes]
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["query"])]
    pub mailbox: Option<String>,
    /// Only what this query of the search finds (docs/SEARCH.md)
    #[arg(long, value_name = "QUERY")]
    pub query: Option<String>,
    /// Only mail received then or later, such as 2026-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<base::Timestamp>,
    /// Only mail received before then
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub before: Option<base::Timestamp>,
    /// How messages lie in the directory
    #[arg(long, value_enum, default_value_t = ArchiveFormat::Eml)]
    pub format: ArchiveFormat,
    /// The directory: empty, not there yet, or of an archive that was interrupted
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// How messages lie in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ArchiveFormat {
    /// A file for each message
    Eml,
    /// One file, in the dialect mboxrd
    Mbox,
    /// A maildir
    Maildir,
}

fn time(text: &str) -> Result<base::Timestamp, String> {
    base::Timestamp::parse(text).ok_or_else(|| "not a time such as 2026-01-01T00:00:00Z".to_owned())
}

/// Arguments of `workspaces`.
#[derive(Args, Clone, Debug, Default)]
pub struct Workspaces {
    /// Make a workspace of this name; what else is said is about it
    #[arg(long, value_name = "NAME")]
    pub new: Option<String>,
    /// The workspace that is meant, by id [default: the first]
    #[arg(long, value_name = "ID", conflicts_with = "new")]
    pub workspace: Option<String>,
    /// People of this Microsoft tenant (id) or mail domain belong to it from now on (repeatable)
    #[arg(long, value_name = "TENANT|DOMAIN")]
    pub let_in: Vec<String>,
    /// They no longer do (repeatable)
    #[arg(long, value_name = "TENANT|DOMAIN")]
    pub shut_out: Vec<String>,
}

/// What to do with customers' databases.
#[derive(Clone, Debug, Subcommand)]
pub enum Database {
    /// Look at connection, version, table, columns and rights, and say what to mend
    Test {
        /// The database [default: all]
        name: Option<String>,
    },
    /// Write all contacts into its table; done again it changes nothing
    ExportContacts {
        /// The database
        name: String,
        /// Of this workspace, by id [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// Show whom its table knows by a number or an address
    LookUp {
        /// The database
        name: String,
        /// A phone number in any form, or an e-mail address
        who: String,
        /// With the region of this workspace, by id [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// Connect the accounts whose tokens its table holds
    ImportGrants {
        /// The database
        name: String,
        /// Into this workspace, by id [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
}

/// Arguments of `doctor`.
#[derive(Args, Clone, Debug, Default)]
pub struct Doctor {
    /// Ask nobody outside this machine
    #[arg(long)]
    pub offline: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
