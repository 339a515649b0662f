//! Instructions: in order, ended once, counted by their job.

use base::Problem;
use model::asked::AskedState;
use model::id::{JobId, MessageId};
use model::instruction::{Begun, Deed, Instruction, Update};
use store::instruction::{self, Listed};
use store::job::{self, Job, JobState};
use store::{Statement, StoreError, Transaction, ledger};

use crate::world::{MAILBOX, WORKSPACE, World, at, both};

async fn commit(world: &World, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    world.db.commit(Transaction::new("test.instructions").with_all(statements)).await.map(drop)
}

fn a_job(total: i64) -> Job {
    Job {
        id: JobId::from_number(7),
        workspace: WORKSPACE,
        kind: "messages.update".to_owned(),
        subject: MAILBOX.to_string(),
        state: JobState::Running,
        done: 0,
        total: Some(total),
        problem: None,
        asked_by: "test".to_owned(),
        created_at: at(1),
        finished_at: None,
    }
}

fn wanted(message: i64, second: i64) -> Instruction {
    let update = Update { read: Some(true), add_categories: vec!["Häfen".to_owned()], ..Update::default() };
    let asked = Instruction::asked((WORKSPACE, MAILBOX), MessageId::from_number(message), Deed::Update(update), "test", at(second * 1000));
    Instruction { job: Some(JobId::from_number(7)), ..asked }
}

both! {
    async fn they_wait_in_the_order_of_asking_and_end_once(world: World) {
        let world = world.furnished().await;
        let (first, second) = (wanted(1, 1), wanted(2, 2));
        commit(&world, instruction::ask(&[first.clone(), second.clone()], Some(&a_job(2)), at(1))).await.unwrap();
        assert_eq!(instruction::waiting(&world.db, MAILBOX, 10).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(instruction::waiting(&world.db, MAILBOX, 1).await.unwrap().len(), 1);
        let begun = Begun { at: at(5), there: vec!["AAMk".to_owned()] };
        let why = Problem::new("throttled", "Wait", "", "");
        commit(&world, [instruction::begin(first.id, &begun), instruction::note(first.id, &why)]).await.unwrap();
        let noted = instruction::find(&world.db, first.id).await.unwrap().unwrap();
        assert_eq!((noted.begun, noted.tries, noted.problem), (Some(begun), 1, Some(why.clone())));

        commit(&world, instruction::end(&first, None, at(10))).await.unwrap();
        let again = commit(&world, instruction::end(&first, Some(&why), at(11))).await;
        assert!(matches!(again, Err(StoreError::Refused { guard: instruction::WAITS })), "{again:?}");
        let counted = job::find(&world.db, JobId::from_number(7)).await.unwrap().unwrap();
        assert_eq!((counted.state, counted.done, counted.finished_at), (JobState::Running, 1, None));
        commit(&world, instruction::end(&second, Some(&why), at(20))).await.unwrap();
        let counted = job::find(&world.db, JobId::from_number(7)).await.unwrap().unwrap();
        assert_eq!((counted.state, counted.done, counted.finished_at), (JobState::Done, 2, Some(at(20))));
        let told = ledger::read(&world.db, WORKSPACE, 0, 10).await.unwrap();
        let told: Vec<&str> = told.iter().map(|event| event.kind.name()).collect();
        assert_eq!(told, ["instruction.done", "instruction.failed"]);
    }

    async fn they_are_listed_by_message_job_and_state_and_forgotten_when_they_are_old(world: World) {
        let world = world.furnished().await;
        let all: Vec<Instruction> = (1..=4).map(|number| wanted(number, number)).collect();
        commit(&world, instruction::ask(&all, Some(&a_job(4)), at(1))).await.unwrap();
        commit(&world, instruction::end(&all[0], None, at(10))).await.unwrap();
        let why = Problem::new("message_gone", "Gone", "", "");
        commit(&world, instruction::end(&all[1], Some(&why), at(20))).await.unwrap();
        let (job, message) = (Some(JobId::from_number(7)), Some(all[1].message));
        let list = async |listed: Listed| -> Vec<_> {
            instruction::list(&world.db, WORKSPACE, listed, 10).await.unwrap().into_iter().map(|found| found.id).collect()
        };
        let ids: Vec<_> = all.iter().rev().map(|one| one.id).collect();
        assert_eq!(list(Listed::default()).await, ids, "the newest first");
        assert_eq!(list(Listed { job, ..Listed::default() }).await, ids);
        assert_eq!(list(Listed { job, message, ..Listed::default() }).await, [all[1].id]);
        assert_eq!(list(Listed { message, ..Listed::default() }).await, [all[1].id]);
        assert_eq!(list(Listed { job, state: Some(AskedState::Waiting), ..Listed::default() }).await, [all[3].id, all[2].id]);
        assert_eq!(list(Listed { before: Some(all[2].id), ..Listed::default() }).await, [all[1].id, all[0].id]);
        let messages: Vec<MessageId> = all.iter().map(|one| one.message).collect();
        let about = async |failed, done| -> Vec<_> {
            instruction::about(&world.db, &messages, at(failed), at(done)).await.unwrap().into_iter().map(|found| found.id).collect()
        };
        assert_eq!(about(20, 11).await, [all[1].id, all[2].id, all[3].id], "what waits, and what failed lately");
        assert_eq!(about(21, 11).await, [all[2].id, all[3].id]);
        assert_eq!(about(21, 10).await, [all[0].id, all[2].id, all[3].id], "and what was just done");
        commit(&world, [instruction::forget(at(20), 10)]).await.unwrap();
        assert_eq!(list(Listed::default()).await, ids[..3], "what ended before is forgotten, what waits is not");
    }
}
