//! Fills the cloud: a generated tenant, or real mail from files, and mail that goes on arriving.

use std::path::PathBuf;

use super::{Control, ControlError, NewUser, mail::child};
use crate::mail::{self, GeneratedMailbox, Loaded, Placed, TenantPlan};
use crate::mailbox::{DeliverOptions, Flag, FolderNumber, Mailbox, WellKnown};

/// What filling the cloud brought.
#[derive(Debug, Clone, Default)]
pub struct LoadReport {
    /// Messages that were met, taken or not.
    pub found: usize,
    /// Messages that were taken.
    pub taken: usize,
    /// Messages that were not taken: name and why.
    pub skipped: Vec<(String, String)>,
    /// Files that are no messages, such as a licence beside them: name and why.
    pub passed_over: Vec<(String, String)>,
    /// The mailboxes, by address.
    pub mailboxes: Vec<String>,
}

impl Control {
    /// Makes a believable tenant: mailboxes (the last of several is shared) and months of mail. The first user is its administrator.
    ///
    /// # Errors
    /// Those of making users and delivering.
    pub fn generate(&self, mailboxes: usize, months: u32) -> Result<LoadReport, ControlError> {
        let tenant = mail::generate(&self.plan(mailboxes, months));
        let addresses = self.create_generated(&tenant.mailboxes)?;
        let count = tenant.mail.len();
        self.place(&addresses, tenant.mail)?;
        Ok(LoadReport { found: count, taken: count, mailboxes: addresses, ..LoadReport::default() })
    }

    /// Makes the mailboxes of such a tenant, and puts the mail of these files and folders into them.
    ///
    /// # Errors
    /// Those of making users and delivering; an unreadable path is in the report.
    pub fn load(&self, mailboxes: usize, paths: &[PathBuf]) -> Result<LoadReport, ControlError> {
        let tenant = mail::generate(&self.plan(mailboxes, 0));
        let addresses = self.create_generated(&tenant.mailboxes)?;
        let mut loaded = Loaded::default();
        for path in paths {
            loaded.extend(mail::load(path));
        }
        let mut report = LoadReport { found: loaded.found(), taken: loaded.messages.len(), ..LoadReport::default() };
        let named = |left: &[mail::Skipped]| left.iter().map(|one| (one.name.clone(), one.reason.clone())).collect();
        report.skipped = named(&loaded.skipped);
        report.passed_over = named(&loaded.passed_over);
        let seed = self.sim.world().config.seed;
        self.place(&addresses, mail::distribute(loaded.messages, addresses.len(), seed))?;
        report.mailboxes = addresses;
        Ok(report)
    }

    /// Puts so many small messages into a mailbox's inbox, for measurements.
    ///
    /// # Errors
    /// [`ControlError::NotFound`].
    pub fn fill(&self, mailbox: &str, messages: usize) -> Result<(), ControlError> {
        let seed = self.sim.world().config.seed;
        for bulk in mail::generate_bulk(seed, messages) {
            let options = DeliverOptions { is_read: bulk.is_read, received: Some(bulk.received), ..DeliverOptions::default() };
            self.deliver_mime(mailbox, "inbox", bulk.raw, options)?;
        }
        Ok(())
    }

    /// Delivers the n-th message of an endless stream to one of these mailboxes; gives its address.
    ///
    /// # Errors
    /// Those of delivering.
    pub fn deliver_live(&self, mailboxes: &[String], n: u64) -> Result<Option<String>, ControlError> {
        let (seed, now) = {
            let world = self.sim.world();
            (world.config.seed, world.now())
        };
        let mut known = Vec::new();
        for address in mailboxes {
            known.push(generated_of(&self.user(address)?));
        }
        let Some(live) = mail::next_live_mail(&known, seed, n, now) else { return Ok(None) };
        let address = mailboxes[live.mailbox].clone();
        self.deliver_mime(&address, "inbox", live.raw, DeliverOptions { received: Some(now), ..DeliverOptions::default() })?;
        Ok(Some(address))
    }

    fn plan(&self, mailboxes: usize, months: u32) -> TenantPlan {
        let world = self.sim.world();
        let domain = world.directory.home().domains.first().cloned().unwrap_or_default();
        TenantPlan { seed: world.config.seed, mailboxes, months, domain, now: world.now() }
    }

    fn create_generated(&self, mailboxes: &[GeneratedMailbox]) -> Result<Vec<String>, ControlError> {
        let people: Vec<&str> = mailboxes.iter().filter(|one| !one.is_shared).map(|one| one.address.as_str()).collect();
        let ordered = mailboxes.iter().filter(|one| !one.is_shared).chain(mailboxes.iter().filter(|one| one.is_shared));
        for (place, one) in ordered.enumerate() {
            let mut new = NewUser::person(&one.address, &one.display_name);
            new.job_title = Some(one.job_title.clone()).filter(|title| !title.is_empty());
            new.is_administrator = place == 0;
            if one.is_shared {
                new = NewUser { job_title: None, ..NewUser::shared(&one.address, &one.display_name, &people) };
            }
            self.create_user(new)?;
        }
        Ok(mailboxes.iter().map(|one| one.address.clone()).collect())
    }

    fn place(&self, addresses: &[String], mail: Vec<Placed>) -> Result<(), ControlError> {
        for placed in mail {
            let address = &addresses[placed.mailbox];
            self.change(address, |mailbox, now| {
                let folder = folder_of(mailbox, &placed.folder, now)?;
                let options = DeliverOptions { is_read: placed.is_read, ..DeliverOptions::default() };
                let item = mailbox.deliver(folder, placed.mail, options, now)?;
                if placed.is_flagged {
                    mailbox.set_flag(item, Flag::of("flagged"), now)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The folder of a path, made where it is missing; the first step may be a well-known name.
fn folder_of(mailbox: &mut Mailbox, path: &[String], now: jiff::Timestamp) -> Result<FolderNumber, ControlError> {
    let mut at = mailbox.well_known(WellKnown::MsgFolderRoot).number;
    for (place, step) in path.iter().enumerate() {
        at = match WellKnown::read(step).filter(|_| place == 0) {
            Some(known) => mailbox.well_known(known).number,
            None => match child(mailbox, at, step) {
                Some(found) => found,
                None => mailbox.create_folder(at, step, false, now)?,
            },
        };
    }
    Ok(at)
}

fn generated_of(user: &crate::directory::User) -> GeneratedMailbox {
    GeneratedMailbox {
        address: user.mail.clone().unwrap_or_else(|| user.user_principal_name.clone()),
        display_name: user.display_name.clone(),
        job_title: user.properties.get("jobTitle").and_then(|title| title.as_str()).unwrap_or_default().to_owned(),
        is_shared: user.kind == crate::directory::UserKind::Shared,
    }
}
