//! Address books: an account's is made when it is connected, read again when somebody asks, and goes when it is asked to.

use base::Timestamp;
use model::contact::Origin;
use model::id::{ConnectionId, ContactSyncId, WorkspaceId};
use model::phone::Region;
use serde_json::json;
use store::connection::{self, Connection, ConnectionState};
use store::contact_book::{self, ContactBook};
use store::contact_sync::{self, ContactSync};
use store::work::Lane;
use store::{Db, Statement, StoreError, Transaction, due, source_contact, workspace};

use crate::access::{Asker, Scope};
use crate::asked::write;
use crate::failure::Failure;
use crate::state::State;

/// What connecting an account's contacts leaves: its book, which is read at once, by a synchronisation that `asker` asked for.
///
/// # Errors
/// As [`Db::query`].
pub async fn account_book(
    db: &Db,
    workspace: WorkspaceId,
    (origin, connection): (Origin, ConnectionId),
    account: &str,
    asker: &str,
    now: Timestamp,
) -> Result<Vec<Statement>, StoreError> {
    let name = account.to_lowercase();
    let mut statements = Vec::new();
    let book = match contact_book::named(db, workspace, origin, &name).await? {
        Some(known) => {
            statements.push(contact_book::set_connection(known.id, Some(connection)));
            statements.push(contact_book::look_again(known.id));
            known
        }
        None => {
            let fresh = ContactBook::fresh(workspace, origin, &name, Some(connection), now);
            statements.push(contact_book::insert(&fresh));
            fresh
        }
    };
    if contact_sync::open(db, book.id).await?.is_none() {
        statements.push(contact_sync::insert(&ContactSync::begun(&book, asker, now)));
    }
    statements.push(due::pull_contacts(connection, Lane::Notified, now));
    Ok(statements)
}

/// The account behind a book.
///
/// # Errors
/// 409 for a book that no account stands behind, or one that has to be connected again.
pub async fn connected(state: &State, book: &ContactBook) -> Result<Connection, Failure> {
    let found = match book.connection {
        Some(connection) => connection::find(&state.db, connection).await?,
        None => None,
    };
    let Some(connection) = found else {
        let detail = "No account stands behind it: what is in it came from a file or from a program.";
        return Err(Failure::conflict("no_account", "This address book cannot be read again.", detail, "Bring the file again."));
    };
    if connection.state != ConnectionState::Connected {
        let why = connection.problem.map_or_else(|| "It is disconnected.".to_owned(), |problem| problem.title);
        let place = if book.origin == Origin::Google { "/auth/google" } else { "/auth/microsoft?provider=microsoft_contacts" };
        let action = format!("Connect it again at {place}.");
        return Err(Failure::conflict("account_not_connected", "The account's contacts cannot be read.", why, action));
    }
    Ok(connection)
}

/// Reads an account's book now; the synchronisation that does it.
///
/// # Errors
/// As [`connected`].
pub async fn sync(state: &State, asker: &Asker, book: &ContactBook) -> Result<ContactSyncId, Failure> {
    let connection = connected(state, book).await?;
    let now = state.clock.now();
    let (id, begun) = match contact_sync::open(&state.db, book.id).await? {
        Some(open) => (open.id, None),
        None => {
            let sync = ContactSync::begun(book, &asker.actor(), now);
            (sync.id, Some(contact_sync::insert(&sync)))
        }
    };
    let due = due::pull_contacts(connection.id, Lane::Interactive, now);
    let asked = Transaction::new("contacts.sync").with_all(begun).with(contact_book::look_again(book.id)).with(due);
    state.db.commit(asked).await?;
    Ok(id)
}

/// Takes a book away with all that it brought. An account's connection has been ended before.
///
/// # Errors
/// 409 while an account stands behind it.
pub async fn end_book(state: &State, asker: &Asker, book: &ContactBook) -> Result<(), Failure> {
    if let Some(connection) = book.connection
        && connection::find(&state.db, connection).await?.is_some_and(|connection| connection.state != ConnectionState::Disconnected)
    {
        let detail = "Its account is connected: what is taken away would come again.";
        return Err(Failure::conflict("account_connected", "The address book stays.", detail, "Disconnect the account's contacts first."));
    }
    let statements = erase(book, state.clock.now());
    let detail = json!({ "origin": book.origin.name() });
    Ok(write(state, asker, "contacts.end_book", "contacts.erase", &book.id.to_string(), detail, statements).await?)
}

/// What takes a book away with all that it brought.
pub fn erase(book: &ContactBook, now: Timestamp) -> Vec<Statement> {
    let mut statements = vec![source_contact::gone_with(book.id)];
    statements.extend(contact_book::remove(book.id));
    statements.push(due::decide_contacts(book.workspace, now));
    statements
}

/// Reads numbers without a country as those of this one (ISO 3166-1 alpha-2) from now on, known ones too; `None` for no country.
///
/// # Errors
/// 403 for anybody but administrators, 422 for a country that has no phone numbers.
pub async fn set_region(state: &State, asker: &Asker, code: Option<&str>) -> Result<Option<String>, Failure> {
    asker.may(Scope::Admin)?;
    let unknown = || {
        let detail = "No country of that code has phone numbers.";
        Failure::unprocessable("region_unknown", "This is no region.", detail, "Use ISO 3166-1 alpha-2, such as ID for Indonesia.")
    };
    let region = code.map(|code| Region::named(code).ok_or_else(unknown)).transpose()?;
    let code = region.map(Region::code);
    let mut statements = vec![workspace::set_region(asker.workspace, code.as_deref())];
    statements.extend(super::bring::read_again(state, asker, region).await?);
    let detail = json!({ "region": code });
    write(state, asker, "contacts.region", "contacts.region", &asker.workspace.to_string(), detail, statements).await?;
    Ok(code)
}
