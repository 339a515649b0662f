//! Google's state: accounts, grants, tokens, address books, runs of lists, quotas.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::clock::{ClockMode, after};
use crate::config::{Config, GoogleConfig, Quota};
use crate::ids::Ids;

use super::accounts::{Account, Client, Code, Grant, Issued};
use super::book::Book;
use super::connections::{PageMark, SyncMark};
use super::keys::SigningKey;

/// All that Google knows.
#[derive(Debug)]
pub(crate) struct GoogleState {
    pub(crate) ids: Ids,
    pub(crate) key: SigningKey,
    pub(crate) accounts: Vec<Account>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) access_tokens: BTreeMap<String, Issued>,
    pub(crate) refresh_tokens: BTreeMap<String, Issued>,
    pub(crate) books: BTreeMap<String, Book>,
    pub(crate) pages: BTreeMap<String, PageMark>,
    pub(crate) sync_marks: BTreeMap<String, SyncMark>,
    issued: u64,
    reads: BTreeMap<(String, &'static str), VecDeque<Timestamp>>,
}

impl GoogleState {
    pub(crate) fn new(config: &Config) -> Self {
        let key = match config.clock {
            ClockMode::Real => SigningKey::generated(),
            ClockMode::Manual(_) => SigningKey::seeded(),
        };
        Self {
            ids: Ids::named(config.seed, "google"),
            key,
            accounts: Vec::new(),
            grants: Vec::new(),
            codes: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            books: BTreeMap::new(),
            pages: BTreeMap::new(),
            sync_marks: BTreeMap::new(),
            issued: 0,
            reads: BTreeMap::new(),
        }
    }

    /// Who has this address or lasting id.
    pub(crate) fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.email.eq_ignore_ascii_case(name) || account.sub == name)
    }

    pub(crate) fn account_mut(&mut self, name: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.email.eq_ignore_ascii_case(name) || account.sub == name)
    }

    /// The app of this id.
    pub(crate) fn client<'a>(&self, config: &'a GoogleConfig, id: &str) -> Option<&'a Client> {
        config.clients.iter().find(|client| client.id == id)
    }

    /// What this account has allowed this client.
    pub(crate) fn granted(&self, client: &str, sub: &str) -> Option<&BTreeSet<String>> {
        self.grants.iter().find(|grant| grant.client == client && grant.sub == sub).map(|grant| &grant.scopes)
    }

    /// Adds to what this account has allowed this client.
    pub(crate) fn allow(&mut self, client: &str, sub: &str, scopes: &BTreeSet<String>) {
        match self.grants.iter_mut().find(|grant| grant.client == client && grant.sub == sub) {
            Some(grant) => grant.scopes.extend(scopes.iter().cloned()),
            None => self.grants.push(Grant { client: client.to_owned(), sub: sub.to_owned(), scopes: scopes.clone() }),
        }
    }

    /// An access token.
    pub(crate) fn issue_access(&mut self, of: &Issued, now: Timestamp, config: &GoogleConfig) -> String {
        let token = format!("ya29.{}", self.ids.token(48));
        let dies = Some(after(now, config.access_token_seconds));
        let number = self.next_number();
        self.access_tokens.insert(token.clone(), Issued { dies, number, ..of.clone() });
        token
    }

    /// A refresh token; over the limit the oldest of this account and client dies.
    pub(crate) fn issue_refresh(&mut self, of: &Issued, now: Timestamp, config: &GoogleConfig) -> String {
        let token = format!("1//0{}", self.ids.token(48));
        let dies = config.refresh_token_seconds.map(|seconds| after(now, seconds));
        let number = self.next_number();
        self.refresh_tokens.insert(token.clone(), Issued { dies, number, ..of.clone() });
        let same = |issued: &Issued| issued.is_of(&of.client, &of.sub);
        while self.refresh_tokens.values().filter(|issued| same(issued)).count() > config.refresh_tokens_max.max(1) {
            let oldest = self.refresh_tokens.iter().filter(|(_, issued)| same(issued)).min_by_key(|(_, issued)| issued.number);
            let Some(oldest) = oldest.map(|(token, _)| token.clone()) else { break };
            self.refresh_tokens.remove(&oldest);
        }
        token
    }

    fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// Takes back all that this account has allowed this client (every client if `None`).
    pub(crate) fn revoke(&mut self, client: Option<&str>, sub: &str) {
        let hit = |of: &str, whose: &str| whose == sub && client.is_none_or(|client| client == of);
        self.grants.retain(|grant| !hit(&grant.client, &grant.sub));
        self.codes.retain(|_, code| !hit(&code.client, &code.sub));
        self.access_tokens.retain(|_, issued| !hit(&issued.client, &issued.sub));
        self.refresh_tokens.retain(|_, issued| !hit(&issued.client, &issued.sub));
    }

    /// Counts a request against a quota; false if it is over it.
    pub(crate) fn admits(&mut self, sub: &str, name: &'static str, quota: Option<Quota>, now: Timestamp) -> bool {
        let Some(quota) = quota else { return true };
        let times = self.reads.entry((sub.to_owned(), name)).or_default();
        while times.front().is_some_and(|at| after(*at, quota.window_seconds) <= now) {
            times.pop_front();
        }
        let admits = times.len() < quota.requests as usize;
        if admits {
            times.push_back(now);
        }
        admits
    }
}
