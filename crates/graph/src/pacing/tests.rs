//! Slots, lanes, shut mailboxes and the allowance of ten minutes, on a manual clock and without sleeping.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::*;

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Permit, Duration>> + 'a>>;

struct Desk {
    clock: Clock,
    pacer: Pacer,
}

impl Desk {
    fn new() -> Self {
        let clock = Clock::manual(Timestamp::from_millis(1_767_323_040_000));
        Desk { pacer: Pacer::new(clock.clone()), clock }
    }

    fn ask(&self, lane: Lane, slots: u8) -> Waiting<'_> {
        Box::pin(self.pacer.admit("m", lane, Weight { slots, requests: 1 }))
    }

    /// A permit that must be had at once.
    fn take(&self, lane: Lane) -> Permit {
        match poll(&mut self.ask(lane, 1)) {
            Poll::Ready(Ok(permit)) => permit,
            _ => panic!("a slot is free"),
        }
    }
}

fn poll(waiting: &mut Waiting<'_>) -> Poll<Result<Permit, Duration>> {
    waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn waits(waiting: &mut Waiting<'_>) -> bool {
    poll(waiting).is_pending()
}

fn permit(waiting: &mut Waiting<'_>) -> Permit {
    match poll(waiting) {
        Poll::Ready(Ok(permit)) => permit,
        Poll::Ready(Err(wait)) => panic!("shut for {wait:?}"),
        Poll::Pending => panic!("still waiting"),
    }
}

#[test]
fn never_more_than_four_run_at_once() {
    let desk = Desk::new();
    let permits: Vec<Permit> = (0..4).map(|_| desk.take(Lane::Notified)).collect();
    let mut fifth = desk.ask(Lane::Interactive, 1);
    assert!(waits(&mut fifth));
    drop(permits);
    permit(&mut fifth);
}

#[test]
fn backfill_leaves_one_slot_for_a_person() {
    let desk = Desk::new();
    let _backfill: Vec<Permit> = (0..3).map(|_| desk.take(Lane::Backfill)).collect();
    let mut fourth = desk.ask(Lane::Backfill, 1);
    assert!(waits(&mut fourth));
    desk.take(Lane::Interactive);
    assert!(waits(&mut fourth), "a slot that backfill may not have is not given to it");
}

#[test]
fn a_freed_slot_goes_to_the_most_urgent_and_then_to_whoever_came_first() {
    let desk = Desk::new();
    let mut running: Vec<Permit> = (0..4).map(|_| desk.take(Lane::Notified)).collect();
    let (mut backfill, mut first, mut second, mut person) =
        (desk.ask(Lane::Backfill, 1), desk.ask(Lane::Notified, 1), desk.ask(Lane::Notified, 1), desk.ask(Lane::Interactive, 1));
    for waiting in [&mut backfill, &mut first, &mut second, &mut person] {
        assert!(waits(waiting));
    }
    drop(running.pop());
    let _person = permit(&mut person);
    assert!(waits(&mut first));
    drop(running.pop());
    let _first = permit(&mut first);
    assert!(waits(&mut second) && waits(&mut backfill));
    drop(running.pop());
    let _second = permit(&mut second);
    assert!(waits(&mut backfill));
    drop(running.pop());
    permit(&mut backfill);
}

#[test]
fn a_person_waits_for_one_page_at_most() {
    let desk = Desk::new();
    let _notified = desk.take(Lane::Notified);
    let mut pages: Vec<Permit> = (0..3).map(|_| desk.take(Lane::Backfill)).collect();
    let mut queue: Vec<_> = (0..50).map(|_| desk.ask(Lane::Backfill, 1)).collect();
    assert!(queue.iter_mut().all(waits));
    let mut person = desk.ask(Lane::Interactive, 1);
    assert!(waits(&mut person));
    drop(pages.pop());
    permit(&mut person);
}

#[test]
fn a_lane_that_is_passed_over_goes_next_in_the_end() {
    let desk = Desk::new();
    let mut running: VecDeque<Permit> = (0..4).map(|_| desk.take(Lane::Notified)).collect();
    let mut backfill = desk.ask(Lane::Backfill, 1);
    assert!(waits(&mut backfill));
    let mut passed_over = 0;
    loop {
        let mut next = desk.ask(Lane::Notified, 1);
        assert!(waits(&mut next));
        running.pop_front();
        if poll(&mut backfill).is_ready() {
            break;
        }
        running.push_back(permit(&mut next));
        passed_over += 1;
    }
    assert_eq!(passed_over, u32::from(PASSED_OVER_MAX));
}

#[test]
fn a_batch_waits_until_all_its_slots_are_free_and_smaller_calls_do_not_overtake_it() {
    let desk = Desk::new();
    let (one, two) = (desk.take(Lane::Notified), desk.take(Lane::Notified));
    let mut batch = desk.ask(Lane::Interactive, 4);
    let mut small = desk.ask(Lane::Notified, 1);
    assert!(waits(&mut batch) && waits(&mut small));
    drop(one);
    assert!(waits(&mut batch) && waits(&mut small));
    drop(two);
    let whole = permit(&mut batch);
    assert!(waits(&mut small));
    drop(whole);
    permit(&mut small);
}

#[test]
fn a_backfill_batch_takes_no_more_than_backfill_may() {
    let desk = Desk::new();
    let mut batch = desk.ask(Lane::Backfill, 4);
    let _batch = permit(&mut batch);
    desk.take(Lane::Interactive);
}

#[test]
fn whoever_gives_up_waiting_costs_nobody_a_slot() {
    let desk = Desk::new();
    let permits: Vec<Permit> = (0..4).map(|_| desk.take(Lane::Notified)).collect();
    let mut gone = desk.ask(Lane::Interactive, 1);
    let mut stays = desk.ask(Lane::Interactive, 1);
    assert!(waits(&mut gone) && waits(&mut stays));
    drop(gone);
    drop(permits);
    let _stays = permit(&mut stays);
    let _three: Vec<Permit> = (0..3).map(|_| desk.take(Lane::Notified)).collect();
    // One that has been given its slot and never looked is given back too.
    let mut late = desk.ask(Lane::Notified, 1);
    assert!(waits(&mut late));
    drop(_three);
    drop(late);
    let _four: Vec<Permit> = (0..3).map(|_| desk.take(Lane::Notified)).collect();
}

#[test]
fn shutting_turns_away_those_who_wait_and_the_longest_wait_holds() {
    let desk = Desk::new();
    let _permits: Vec<Permit> = (0..4).map(|_| desk.take(Lane::Notified)).collect();
    let mut waiting = desk.ask(Lane::Interactive, 1);
    assert!(waits(&mut waiting));
    desk.pacer.shut("m", Duration::from_secs(30));
    desk.pacer.shut("m", Duration::from_secs(5));
    assert!(matches!(poll(&mut waiting), Poll::Ready(Err(wait)) if wait == Duration::from_secs(30)));
    desk.clock.advance(Duration::from_secs(30));
    let mut after = desk.ask(Lane::Interactive, 1);
    assert!(waits(&mut after), "the slots are still taken");
}

#[test]
fn ten_thousand_requests_in_ten_minutes_are_never_reached() {
    let desk = Desk::new();
    let mut sent: Vec<i64> = Vec::new();
    let mut refused = [false; 3];
    for second in 0..1800 {
        for lane in LANES {
            for _ in 0..9 {
                match poll(&mut desk.ask(lane, 1)) {
                    Poll::Ready(Ok(_permit)) => sent.push(second),
                    Poll::Ready(Err(wait)) => {
                        refused[lane as usize] = true;
                        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(610), "{wait:?}");
                    }
                    Poll::Pending => panic!("the slots are free"),
                }
            }
        }
        desk.clock.advance(Duration::from_secs(1));
    }
    let busiest = sent.iter().enumerate().map(|(index, end)| index + 1 - sent.partition_point(|at| *at <= end - 600)).max();
    assert!(busiest.is_some_and(|most| (9_000..10_000).contains(&most)), "{busiest:?} in ten minutes");
    assert_eq!(refused, [true; 3]);
}

#[test]
fn backfill_stops_before_people_do() {
    let desk = Desk::new();
    let heavy = Weight { slots: 1, requests: 9_000 };
    drop(permit(&mut (Box::pin(desk.pacer.admit("m", Lane::Backfill, heavy)) as Waiting<'_>)));
    assert!(matches!(poll(&mut desk.ask(Lane::Backfill, 1)), Poll::Ready(Err(_))));
    desk.take(Lane::Notified);
    desk.take(Lane::Interactive);
}

#[test]
fn mailboxes_that_are_idle_are_forgotten() {
    let desk = Desk::new();
    let _busy = desk.take(Lane::Notified);
    for number in 0..MAILBOXES_MAX {
        let key = format!("idle-{number}");
        drop(permit(&mut (Box::pin(desk.pacer.admit(&key, Lane::Notified, Weight::ONE)) as Waiting<'_>)));
        if number == MAILBOXES_MAX - 2 {
            desk.clock.advance(Duration::from_secs(700));
        }
    }
    assert!(lock(&desk.pacer.mailboxes).len() < 10);
    assert!(lock(&desk.pacer.mailboxes).contains_key("m"), "one with a call under way is remembered");
}
