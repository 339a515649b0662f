//! The vault: what is sealed opens only in its place, with the right key, unchanged.

use base::Secret;
use store::vault::{MasterKeys, Vault, VaultError};

use crate::world::{World, at, both};

fn keys(texts: &[&Secret<String>]) -> MasterKeys {
    let joined: Vec<&str> = texts.iter().map(|text| text.expose().as_str()).collect();
    MasterKeys::read(&Secret::new(joined.join(","))).unwrap()
}

both! {
    async fn what_is_sealed_opens_in_its_place_and_nowhere_else(world: World) {
        let vault = Vault::open(&world.db, &keys(&[&MasterKeys::generate()]), at(1)).await.unwrap();
        let sealed = vault.seal_text("oauth_grant/1/refresh_token", &Secret::from("hunter2"));
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
        assert_ne!(sealed, vault.seal_text("oauth_grant/1/refresh_token", &Secret::from("hunter2")), "a nonce was used twice");
        assert_eq!(vault.open_text("oauth_grant/1/refresh_token", &sealed).unwrap().expose(), "hunter2");
        assert!(matches!(vault.open_text("oauth_grant/2/refresh_token", &sealed), Err(VaultError::Tampered)));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(matches!(vault.open_bytes("oauth_grant/1/refresh_token", &changed), Err(VaultError::Tampered)), "byte {place}");
            assert!(vault.open_bytes("oauth_grant/1/refresh_token", &sealed[..place]).is_err(), "cut at {place}");
        }
        assert_eq!(vault.open_bytes("x", &vault.seal("x", &[])).unwrap().expose(), &Vec::<u8>::new());
    }

    async fn the_master_key_can_be_changed_step_by_step(world: World) {
        let (old, new) = (MasterKeys::generate(), MasterKeys::generate());
        let sealed = Vault::open(&world.db, &keys(&[&old]), at(1)).await.unwrap().seal("place", b"kept");
        assert!(matches!(Vault::open(&world.db, &keys(&[&new]), at(2)).await, Err(VaultError::WrongKey)));
        let both = Vault::open(&world.db, &keys(&[&new, &old]), at(2)).await.unwrap();
        assert_eq!(both.open_bytes("place", &sealed).unwrap().expose(), b"kept");
        let after = Vault::open(&world.db, &keys(&[&new]), at(3)).await.unwrap();
        assert_eq!(after.open_bytes("place", &sealed).unwrap().expose(), b"kept");
        assert!(matches!(Vault::open(&world.db, &keys(&[&old]), at(4)).await, Err(VaultError::WrongKey)), "the old key still opens");
    }

    async fn two_nodes_that_start_at_once_share_one_key(world: World) {
        let master = keys(&[&MasterKeys::generate()]);
        let (one, two) = tokio::join!(Vault::open(&world.db, &master, at(1)), Vault::open(&world.db, &master, at(1)));
        assert_eq!(two.unwrap().open_bytes("place", &one.unwrap().seal("place", b"shared")).unwrap().expose(), b"shared");
    }
}

#[test]
fn what_is_not_a_key_is_refused_and_not_shown() {
    for text in ["", " ,", "hunter2", "hunter2hunter2hunter2hunter2hunter2hunter2hunter2"] {
        let error = MasterKeys::read(&Secret::from(text)).unwrap_err();
        assert!(matches!(error, VaultError::NotAKey) && !error.to_string().contains("hunter2"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_is_made_for_its_owner_alone_and_refused_when_others_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::sqlite().await;
    let path = world.folder.path().join("keys/rapport.key");
    let sealed = Vault::open(&world.db, &MasterKeys::from_file(&path).unwrap(), at(1)).await.unwrap().seal("place", b"kept");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = Vault::open(&world.db, &MasterKeys::from_file(&path).unwrap(), at(2)).await.unwrap();
    assert_eq!(again.open_bytes("place", &sealed).unwrap().expose(), b"kept");
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a draft was left behind");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = MasterKeys::from_file(&path).unwrap_err();
    assert!(matches!(error, VaultError::Exposed { .. }) && error.to_string().contains("chmod 600"), "{error}");
}
