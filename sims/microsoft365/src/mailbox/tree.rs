//! What can be done to folders: make, rename, move, delete; and the tree a new mailbox starts with.
//!
//! A folder keeps its id whatever happens to it. Deleting one moves it below Deleted Items; deleting it
//! there removes it with all that is in it. (reference: Graph, sections 3.11 and 13.36)

use jiff::Timestamp;

use super::change::Refused;
use super::folder::{Folder, FolderNumber, WellKnown};
use super::log::ChangeLog;
use super::store::Mailbox;

impl Mailbox {
    /// Makes the well-known folders, the hidden child that Conversation History has, and the purges.
    pub(super) fn found_tree(&mut self, now: Timestamp) {
        let store = self.add_folder(None, "Root", None, true, now);
        for name in WellKnown::ALL {
            let parent = name.parent().map(|parent| self.well_known(parent).number);
            let parent = parent.or(Some(store));
            self.add_folder(parent, name.shown(), Some(*name), name.is_hidden(), now);
        }
        let history = self.well_known(WellKnown::ConversationHistory).number;
        self.add_folder(Some(history), "Team Chat", None, true, now);
        self.purges = self.add_folder(Some(store), "Purges", None, true, now);
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`] for the parent; [`Refused::FolderExists`] when a sibling has the name.
    pub fn create_folder(&mut self, parent: FolderNumber, name: &str, is_hidden: bool, now: Timestamp) -> Result<FolderNumber, Refused> {
        self.folder(parent).ok_or(Refused::NoSuchFolder)?;
        self.check_name_is_free(parent, name, None)?;
        Ok(self.add_folder(Some(parent), name, None, is_hidden, now))
    }

    /// Gives a folder another name.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`], [`Refused::ProtectedFolder`], [`Refused::FolderExists`].
    pub fn rename_folder(&mut self, folder: FolderNumber, name: &str) -> Result<(), Refused> {
        let parent = self.movable(folder)?;
        self.check_name_is_free(parent, name, Some(folder))?;
        name.clone_into(&mut self.touch(folder).name);
        Ok(())
    }

    /// Puts a folder with everything in it into another one.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`], [`Refused::ProtectedFolder`], [`Refused::FolderExists`],
    /// [`Refused::Circular`].
    pub fn move_folder(&mut self, folder: FolderNumber, target: FolderNumber) -> Result<(), Refused> {
        let parent = self.movable(folder)?;
        self.folder(target).ok_or(Refused::NoSuchFolder)?;
        if self.lies_below(target, folder) {
            return Err(Refused::Circular);
        }
        let name = self.folder(folder).expect("it is movable").name.clone();
        self.check_name_is_free(target, &name, Some(folder))?;
        self.touch(parent).child_count -= 1;
        self.touch(target).child_count += 1;
        self.touch(folder).parent = Some(target);
        Ok(())
    }

    /// Copies a folder with everything in it into another one; all of the copy has new ids.
    ///
    /// # Errors
    /// As for moving it.
    pub fn copy_folder(&mut self, folder: FolderNumber, target: FolderNumber, now: Timestamp) -> Result<FolderNumber, Refused> {
        self.movable(folder)?;
        if self.lies_below(target, folder) {
            return Err(Refused::Circular);
        }
        let original = self.folder(folder).ok_or(Refused::NoSuchFolder)?;
        let (name, is_hidden) = (original.name.clone(), original.is_hidden);
        let items: Vec<_> = original.places.iter().map(|place| place.item).collect();
        let children: Vec<_> = self.children(folder).iter().map(|child| child.number).collect();
        let copy = self.create_folder(target, &name, is_hidden, now)?;
        for item in items {
            self.copy_message(item, copy, now)?;
        }
        for child in children {
            self.copy_folder(child, copy, now)?;
        }
        Ok(copy)
    }

    /// Deletes a folder: below Deleted Items, or for good when it is there already.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`], [`Refused::ProtectedFolder`].
    pub fn delete_folder(&mut self, folder: FolderNumber, now: Timestamp) -> Result<(), Refused> {
        self.movable(folder)?;
        let bin = self.well_known(WellKnown::DeletedItems).number;
        if self.lies_below(folder, bin) {
            return self.purge_folder(folder, now);
        }
        self.make_name_free(folder, bin);
        self.move_folder(folder, bin)
    }

    /// Removes a folder for good, with the folders and messages in it.
    ///
    /// # Errors
    /// [`Refused::NoSuchFolder`], [`Refused::ProtectedFolder`].
    pub fn purge_folder(&mut self, folder: FolderNumber, now: Timestamp) -> Result<(), Refused> {
        let parent = self.movable(folder)?;
        let children: Vec<_> = self.children(folder).iter().map(|child| child.number).collect();
        for child in children {
            self.purge_folder(child, now)?;
        }
        let places = &self.folder(folder).expect("it is movable").places;
        let items: Vec<_> = places.iter().map(|place| place.item).collect();
        for item in items {
            self.purge(item, now)?;
        }
        self.touch(parent).child_count -= 1;
        self.folder_change += 1;
        self.folders[folder.0 as usize] = None;
        self.folders_gone.push((self.folder_change, folder));
        Ok(())
    }

    /// Whether `folder` is `above` or lies somewhere in it.
    pub fn lies_below(&self, folder: FolderNumber, above: FolderNumber) -> bool {
        let mut at = Some(folder);
        while let Some(number) = at {
            if number == above {
                return true;
            }
            at = self.folder(number).and_then(|folder| folder.parent);
        }
        false
    }

    fn add_folder(
        &mut self,
        parent: Option<FolderNumber>,
        name: &str,
        well_known: Option<WellKnown>,
        is_hidden: bool,
        now: Timestamp,
    ) -> FolderNumber {
        let number = FolderNumber(u32::try_from(self.folders.len()).expect("folders are few"));
        let above = parent.and_then(|parent| self.folder(parent)).is_some_and(|parent| parent.in_tree);
        self.folder_change += 1;
        self.folders.push(Some(Folder {
            number,
            parent,
            name: name.to_owned(),
            well_known,
            is_hidden,
            in_tree: above || well_known == Some(WellKnown::MsgFolderRoot),
            created: now,
            child_count: 0,
            unread_count: 0,
            byte_count: 0,
            touched: self.folder_change,
            reshaped: self.folder_change,
            places: std::collections::BTreeSet::new(),
            log: ChangeLog::default(),
        }));
        if let Some(parent) = parent {
            self.touch(parent).child_count += 1;
        }
        number
    }

    /// The parent of a folder that may be renamed, moved or deleted.
    fn movable(&self, folder: FolderNumber) -> Result<FolderNumber, Refused> {
        let folder = self.folder(folder).ok_or(Refused::NoSuchFolder)?;
        let ours = folder.well_known.is_none() && folder.in_tree;
        folder.parent.filter(|_| ours).ok_or(Refused::ProtectedFolder)
    }

    fn check_name_is_free(&self, parent: FolderNumber, name: &str, except: Option<FolderNumber>) -> Result<(), Refused> {
        let wanted = name.to_lowercase();
        let taken = self
            .folders()
            .any(|folder| folder.parent == Some(parent) && Some(folder.number) != except && folder.name.to_lowercase() == wanted);
        if taken { Err(Refused::FolderExists) } else { Ok(()) }
    }

    /// A deleted folder gets a number behind its name when one of that name was deleted before.
    fn make_name_free(&mut self, folder: FolderNumber, target: FolderNumber) {
        let name = self.folder(folder).expect("the caller looked").name.clone();
        let free = (0u32..)
            .map(|count| if count == 0 { name.clone() } else { format!("{name}{count}") })
            .find(|name| self.check_name_is_free(target, name, Some(folder)).is_ok());
        self.touch(folder).name = free.unwrap_or(name);
    }

    /// The folder, noted as changed.
    fn touch(&mut self, number: FolderNumber) -> &mut Folder {
        self.folder_change += 1;
        let touched = self.folder_change;
        let folder = self.folder_mut(number).expect("the caller looked");
        (folder.touched, folder.reshaped) = (touched, touched);
        folder
    }
}
