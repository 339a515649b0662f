//! What a test or a person may do at Google: accounts, contacts, tokens, revocations; and what is true there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clock::after;
use crate::request::Host;
use crate::simulator::Simulator;
use crate::world::World;

use super::accounts::{Account, Client, Issued, NewAccount, Tokens};
use super::generate;
use super::person::{Person, Stored};

/// Nobody and nothing has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {0} named {1}")]
pub struct NotThere(pub &'static str, pub String);

/// Google's side of a simulator. Accounts are named by address or `sub`, contacts by resource name (`people/c…`).
#[derive(Debug, Clone)]
pub struct Google {
    sim: Simulator,
}

impl Google {
    pub(crate) fn new(sim: Simulator) -> Self {
        Self { sim }
    }

    /// Registers an app, in place of one with the same id.
    pub fn register_client(&self, client: Client) {
        self.sim.configure(|config| {
            config.google.clients.retain(|known| known.id != client.id);
            config.google.clients.push(client);
        });
    }

    /// Makes an account; of one address there is one account.
    pub fn add_account(&self, new: NewAccount) -> Account {
        let world = &mut *self.sim.world();
        if let Some(account) = world.google.account(&new.email) {
            return account.clone();
        }
        let sub = format!("1{}", world.google.ids.digits(20));
        let account = Account {
            sub,
            email: new.email,
            name: new.name,
            hosted_domain: new.hosted_domain,
            declines: false,
            withholds: BTreeSet::new(),
        };
        world.google.accounts.push(account.clone());
        account
    }

    /// Everybody with an account, oldest first.
    pub fn accounts(&self) -> Vec<Account> {
        self.sim.world().google.accounts.clone()
    }

    /// Whether this account refuses consent in the automatic mode.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn set_declines(&self, account: &str, declines: bool) -> Result<(), NotThere> {
        self.change(account, |account| account.declines = declines)
    }

    /// Scopes that this account leaves unticked where consent is asked.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn set_withholds(&self, account: &str, scopes: &[&str]) -> Result<(), NotThere> {
        self.change(account, |account| account.withholds = scopes.iter().map(|scope| (*scope).to_owned()).collect())
    }

    fn change(&self, account: &str, change: impl FnOnce(&mut Account)) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        world.google.account_mut(account).map(change).ok_or_else(|| no_account(account))
    }

    /// Consents and gives tokens as after a sign-in, without the pages.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn grant(&self, client: &str, account: &str, scopes: &[&str]) -> Result<Tokens, NotThere> {
        let world = &mut *self.sim.world();
        let sub = sub(world, account)?;
        if world.google.client(&world.config.google, client).is_none() {
            return Err(NotThere("app", client.to_owned()));
        }
        let (now, scopes) = (world.now(), super::scopes::read(&scopes.join(" ")));
        world.google.allow(client, &sub, &scopes);
        let issued = Issued { client: client.to_owned(), sub, scopes, number: 0, dies: None };
        let access_token = world.google.issue_access(&issued, now, &world.config.google);
        let refresh_token = world.google.issue_refresh(&issued, now, &world.config.google);
        Ok(Tokens { access_token, refresh_token })
    }

    /// The person takes back what they allowed, as on Google's page of connected apps; every app's if `client` is `None`.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn revoke(&self, account: &str, client: Option<&str>) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        let sub = sub(world, account)?;
        world.google.revoke(client, &sub);
        Ok(())
    }

    /// Kills the access tokens of an account; its refresh tokens stay good.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn expire_access_tokens(&self, account: &str) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        let sub = sub(world, account)?;
        world.google.access_tokens.retain(|_, issued| issued.sub != sub);
        Ok(())
    }

    /// Writes a contact: a new one if `name` is `None`, else in place of the one of that name. Gives its resource name.
    ///
    /// # Errors
    /// [`NotThere`] for an account or a resource name that is not there.
    pub fn put_person(&self, account: &str, name: Option<&str>, person: Person) -> Result<String, NotThere> {
        put(&mut self.sim.world(), account, name, person)
    }

    /// Deletes a contact.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn remove_person(&self, account: &str, name: &str) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        let (sub, _) = find(world, account, name)?;
        let due = due(world);
        book(world, &sub).write(name, None, due);
        Ok(())
    }

    /// Merges two contacts into the first: fields are united, the second is gone, and the person may get another
    /// resource name (`merge_renames`), with the former ones in `metadata.previousResourceNames`. Gives the name.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn merge_persons(&self, account: &str, kept: &str, other: &str) -> Result<String, NotThere> {
        merge(&mut self.sim.world(), account, kept, other)
    }

    /// Gives a contact another resource name, as linking it with a profile may. Gives the name.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn rename_person(&self, account: &str, name: &str) -> Result<String, NotThere> {
        let world = &mut *self.sim.world();
        let (sub, mut person) = find(world, account, name)?;
        person.former.push(name.to_owned());
        Ok(move_to_new_name(world, &sub, person, &[name]))
    }

    /// Gives a contact a photo of its own.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn set_photo(&self, account: &str, name: &str, content_type: &str, bytes: &[u8]) -> Result<(), NotThere> {
        let world = &mut *self.sim.world();
        let (sub, mut person) = find(world, account, name)?;
        let key = format!("contacts/{}", world.google.ids.token(24));
        person.photo = (key.clone(), false);
        touch(world, &mut person);
        let due = due(world);
        let book = book(world, &sub);
        book.photos.insert(key, (content_type.to_owned(), bytes.to_vec()));
        book.write(name, Some(person), due);
        Ok(())
    }

    /// Makes up so many contacts by seed: names with umlauts and of several regions, numbers with and without a
    /// canonical form, companies, addresses. Gives their resource names.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn generate(&self, account: &str, count: usize) -> Result<Vec<String>, NotThere> {
        let world = &mut *self.sim.world();
        let mut draws = generate::draws(world, account)?;
        (0..count).map(|_| put(world, account, None, generate::person(&mut draws))).collect()
    }

    /// Lets an account's owner do so many things by seed: add, change, remove, merge, rename contacts.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn live(&self, account: &str, steps: usize) -> Result<(), NotThere> {
        let mut draws = generate::draws(&mut self.sim.world(), account)?;
        (0..steps).try_for_each(|_| generate::step(self, account, &mut draws))
    }

    /// The truth: every contact with all fields, `resourceName`, `etag` and `metadata`, in order of resource names.
    /// What is on its way to the lists is in it already.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn persons(&self, account: &str) -> Result<Vec<Value>, NotThere> {
        let world = &mut *self.sim.world();
        let sub = sub(world, account)?;
        let address = |key: &str| format!("https://{}/{key}=s100", Host::Photos.name());
        Ok(book(world, &sub).truth.iter().map(|(name, person)| person.show(name, None, false, &address)).collect())
    }

    /// Resource names of the truth.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn names(&self, account: &str) -> Result<Vec<String>, NotThere> {
        let world = &mut *self.sim.world();
        let sub = sub(world, account)?;
        Ok(book(world, &sub).truth.keys().cloned().collect())
    }

    /// When lists will have seen every write of this account; `None` if they have.
    ///
    /// # Errors
    /// [`NotThere`]
    pub fn propagated_at(&self, account: &str) -> Result<Option<Timestamp>, NotThere> {
        let world = &mut *self.sim.world();
        let (sub, now) = (sub(world, account)?, world.now());
        let book = book(world, &sub);
        book.settle(now);
        Ok(book.last_due())
    }
}

fn no_account(name: &str) -> NotThere {
    NotThere("account", name.to_owned())
}

fn sub(world: &World, account: &str) -> Result<String, NotThere> {
    world.google.account(account).map(|account| account.sub.clone()).ok_or_else(|| no_account(account))
}

fn book<'a>(world: &'a mut World, sub: &str) -> &'a mut super::book::Book {
    world.google.books.entry(sub.to_owned()).or_default()
}

fn find(world: &mut World, account: &str, name: &str) -> Result<(String, Stored), NotThere> {
    let sub = sub(world, account)?;
    let person = book(world, &sub).truth.get(name).cloned();
    person.map(|person| (sub, person)).ok_or_else(|| NotThere("contact", name.to_owned()))
}

/// When lists see what is written now.
fn due(world: &mut World) -> Timestamp {
    let (least, most) = world.config.google.propagation_seconds;
    let extra = world.google.ids.below(most.saturating_sub(least) + 1);
    after(world.now(), least + extra)
}

fn touch(world: &mut World, person: &mut Stored) {
    person.updated = world.now();
    person.etag = format!("%Eg{}", world.google.ids.token(12));
}

fn put(world: &mut World, account: &str, name: Option<&str>, person: Person) -> Result<String, NotThere> {
    let (name, sub, mut stored) = match name {
        Some(name) => {
            let (sub, stored) = find(world, account, name)?;
            (name.to_owned(), sub, Stored { fields: person.fields, ..stored })
        }
        None => {
            let sub = sub(world, account)?;
            let source = world.google.ids.hex(16);
            let photo = (format!("cm/{}", world.google.ids.token(24)), true);
            let stored = Stored { fields: person.fields, source, etag: String::new(), updated: world.now(), former: Vec::new(), photo };
            (new_name(world), sub, stored)
        }
    };
    touch(world, &mut stored);
    let due = due(world);
    book(world, &sub).write(&name, Some(stored), due);
    Ok(name)
}

fn new_name(world: &mut World) -> String {
    format!("people/c{}", world.google.ids.digits(19))
}

fn merge(world: &mut World, account: &str, kept: &str, other: &str) -> Result<String, NotThere> {
    let (sub, mut person) = find(world, account, kept)?;
    if kept == other {
        return Err(NotThere("other contact", other.to_owned()));
    }
    let (_, second) = find(world, account, other)?;
    unite(&mut person.fields, &second.fields);
    person.former.extend(second.former);
    if world.config.google.merge_renames {
        person.former.extend([kept.to_owned(), other.to_owned()]);
        return Ok(move_to_new_name(world, &sub, person, &[kept, other]));
    }
    person.former.push(other.to_owned());
    touch(world, &mut person);
    let due = due(world);
    let told = world.config.google.former_names_deleted;
    let book = book(world, &sub);
    book.write(kept, Some(person), due);
    leave(book, other, due, told);
    Ok(kept.to_owned())
}

fn move_to_new_name(world: &mut World, sub: &str, mut person: Stored, left: &[&str]) -> String {
    touch(world, &mut person);
    let (name, due) = (new_name(world), due(world));
    let told = world.config.google.former_names_deleted;
    let book = book(world, sub);
    book.write(&name, Some(person), due);
    left.iter().for_each(|left| leave(book, left, due, told));
    name
}

fn leave(book: &mut super::book::Book, name: &str, due: Timestamp, told: bool) {
    match told {
        true => book.write(name, None, due),
        false => book.rename_away(name, due),
    }
}

/// The entries of both, without those that stand there already; of a name the first stays.
fn unite(fields: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (field, entries) in more {
        let Some(list) = fields.entry(field.clone()).or_insert_with(|| Value::Array(Vec::new())).as_array_mut() else { continue };
        if field == "names" && !list.is_empty() {
            continue;
        }
        for entry in entries.as_array().into_iter().flatten() {
            if !list.contains(entry) {
                list.push(entry.clone());
            }
        }
    }
}
