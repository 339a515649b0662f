//! Signing in: flows that are used once, sessions that end, homes that belong to one workspace.

use model::id::WorkspaceId;
use store::oauth_flow::{self, OauthFlow, Purpose};
use store::session::{self, Member, Role, Session};
use store::workspace::{self, Home, Workspace};
use store::{Db, Statement, StoreError, Transaction};

use crate::world::{WORKSPACE, World, at, both};

const OTHER: WorkspaceId = WorkspaceId::from_number(2);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    db.commit(Transaction::new("test").with_all(statements)).await.unwrap();
}

fn flow() -> OauthFlow {
    OauthFlow {
        state_hash: vec![1; 32],
        browser_hash: Some(vec![2; 32]),
        workspace: None,
        asker: "anna@contoso.example".to_owned(),
        asker_email: Some("anna@contoso.example".to_owned()),
        purpose: Purpose::Join,
        provider: "microsoft_outlook".to_owned(),
        redirect_uri: "http://localhost:3000/auth/callback".to_owned(),
        verifier_sealed: vec![3],
        nonce: "nonce".to_owned(),
        return_to: "/".to_owned(),
        created_at: at(1),
        expires_at: at(100),
    }
}

fn session(number: u8, member: Option<Member>) -> Session {
    let role = if member.is_some() { Role::Member } else { Role::Administrator };
    let (created_at, expires_at) = (at(1), at(10));
    Session { token_hash: vec![number; 32], csrf: "x".to_owned(), workspace: WORKSPACE, role, member, created_at, expires_at }
}

fn anna() -> Member {
    Member { tenant_id: "t".to_owned(), object_id: "o".to_owned(), email: "anna@contoso.example".to_owned(), name: "Anna".to_owned() }
}

both! {
    async fn a_flow_is_used_once_and_in_time(world: World) {
        let (db, flow) = (&world.db, flow());
        commit(db, [oauth_flow::begin(&flow)]).await;
        assert_eq!(oauth_flow::find_open(db, &flow.state_hash, at(99)).await.unwrap().as_ref(), Some(&flow));
        assert_eq!(oauth_flow::find_open(db, &flow.state_hash, at(100)).await.unwrap(), None);
        commit(db, [oauth_flow::spend(&flow.state_hash, at(50))]).await;
        assert!(db.commit(Transaction::new("test.twice").with(oauth_flow::spend(&flow.state_hash, at(51)))).await.is_err());
        assert_eq!(oauth_flow::find_open(db, &flow.state_hash, at(52)).await.unwrap(), None);
        commit(db, [oauth_flow::purge(at(200))]).await;
        let without = OauthFlow { browser_hash: None, workspace: Some(WORKSPACE), asker_email: None, purpose: Purpose::Connect, ..flow };
        commit(db, [oauth_flow::begin(&without)]).await;
        assert_eq!(oauth_flow::find_open(db, &without.state_hash, at(99)).await.unwrap(), Some(without));
    }

    async fn a_session_keeps_who_it_is_and_ends(world: World) {
        let db = &world.db;
        let (ours, hers) = (session(7, None), session(8, Some(anna())));
        commit(db, [session::insert(&ours), session::insert(&hers), session::purge(at(5))]).await;
        assert_eq!(session::find(db, &ours.token_hash, at(9)).await.unwrap().as_ref(), Some(&ours));
        assert_eq!(session::find(db, &hers.token_hash, at(9)).await.unwrap().as_ref(), Some(&hers));
        assert_eq!(session::find(db, &hers.token_hash, at(10)).await.unwrap(), None);
        commit(db, [session::set_email("t", "o", "anna.berg@contoso.example"), session::move_to(&ours.token_hash, OTHER)]).await;
        let found = session::find(db, &hers.token_hash, at(9)).await.unwrap().unwrap();
        assert_eq!((found.member.unwrap().email.as_str(), found.workspace), ("anna.berg@contoso.example", WORKSPACE));
        assert_eq!(session::find(db, &ours.token_hash, at(9)).await.unwrap().unwrap().workspace, OTHER);
        let away = db.commit(Transaction::new("test.away").with(session::move_to(&hers.token_hash, OTHER))).await;
        assert!(matches!(away, Err(StoreError::Refused { .. })), "a member stays in the own workspace");
        commit(db, [session::remove(&[1]), session::remove(&ours.token_hash)]).await;
        assert_eq!(session::find(db, &ours.token_hash, at(9)).await.unwrap(), None);
        commit(db, [session::remove_all()]).await;
        assert_eq!(session::find(db, &hers.token_hash, at(9)).await.unwrap(), None);
    }

    async fn a_home_belongs_to_one_workspace(world: World) {
        let db = &world.db;
        let other = Workspace { id: OTHER, name: "Fabrikam".to_owned(), created_at: at(0) };
        let (tenant, domain) = (Home::Tenant("T1".to_owned()), Home::Domain("Contoso.example".to_owned()));
        let ours = Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: at(0) };
        commit(db, [workspace::ensure(&ours)]).await;
        assert!(!workspace::has_homes(db).await.unwrap());
        commit(db, [workspace::ensure(&other), workspace::put_home(WORKSPACE, &tenant, at(1)), workspace::put_home(WORKSPACE, &domain, at(1))]).await;
        commit(db, [workspace::put_home(WORKSPACE, &tenant, at(2))]).await;
        let taken = db.commit(Transaction::new("test.taken").with(workspace::put_home(OTHER, &Home::Tenant("t1".to_owned()), at(3)))).await;
        assert!(matches!(taken, Err(StoreError::Refused { .. })));
        assert_eq!(workspace::of_home(db, &Home::Tenant("t1".to_owned())).await.unwrap(), Some(WORKSPACE));
        let kept = [Home::Domain("contoso.example".to_owned()), Home::Tenant("t1".to_owned())];
        assert_eq!(workspace::homes(db, WORKSPACE).await.unwrap(), kept);
        commit(db, [workspace::remove_home(OTHER, &tenant), workspace::remove_home(WORKSPACE, &domain)]).await;
        assert_eq!(workspace::homes(db, WORKSPACE).await.unwrap(), [Home::Tenant("t1".to_owned())]);
        assert_eq!(workspace::find(db, OTHER).await.unwrap(), Some(other));
        assert!(workspace::has_homes(db).await.unwrap());
    }
}
