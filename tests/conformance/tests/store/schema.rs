//! The schema: opened twice, opened by many, and refused when it is newer than the program.

use store::{Db, Settings, Statement, StoreError, Transaction, setting};

use crate::world::{World, both};

/// How often a database is opened again.
const ROUNDS: u32 = 30;

both! {
    async fn opening_again_changes_nothing(world: World) {
        world.db.commit(Transaction::new("test.keep").with(setting::put("kept", "1"))).await.unwrap();
        let again = Db::open(&world.settings).await.unwrap();
        assert_eq!(setting::find(&again, "kept").await.unwrap().as_deref(), Some("1"));
        let mut row = again.query_first("SELECT COUNT(*), MAX(number) FROM schema_version", []).await.unwrap().unwrap();
        let (count, newest): (i64, i64) = (row.read().unwrap(), row.read().unwrap());
        assert_eq!((count, newest), (Db::schema_version(), Db::schema_version()));
    }

    async fn it_opens_right_after_its_last_holder_has_gone(world: World) {
        let World { db, settings, folder: _folder } = world;
        let mut last = db;
        for round in 0..ROUNDS {
            let committed = last.clone();
            tokio::spawn(async move { committed.commit(Transaction::new("test.keep").with(setting::put("kept", &round.to_string()))).await });
            tokio::task::yield_now().await;
            drop(last);
            last = Db::open(&settings).await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        }
    }

    async fn a_schema_newer_than_the_program_is_refused(world: World) {
        let newer = Statement::new("INSERT INTO schema_version (number) VALUES ($1)", [(Db::schema_version() + 1).into()]);
        world.db.commit(Transaction::new("test.newer").with(newer)).await.unwrap();
        let error = Db::open(&world.settings).await.unwrap_err();
        assert!(matches!(&error, StoreError::Broken(text) if text.contains("start the newer program")), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_without_its_password() {
    let error = Db::open(&Settings::new("mysql://root:hunter2@localhost/x")).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken(_)));
    assert!(!error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn several_nodes_may_start_on_one_empty_postgres() {
    let Some(world) = World::postgres().await else { return };
    world
        .db
        .commit(
            Transaction::new("test.empty")
                .with(Statement::new("DROP SCHEMA public CASCADE", []))
                .with(Statement::new("CREATE SCHEMA public", [])),
        )
        .await
        .unwrap();
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let settings = world.settings.clone();
            tokio::spawn(async move { Db::open(&settings).await.map(drop) })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_of_a_sqlite_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::sqlite().await;
    for entry in std::fs::read_dir(world.folder.path()).unwrap().flatten() {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}
