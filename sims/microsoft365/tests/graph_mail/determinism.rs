//! The same seed, the same clock and the same calls give the same bytes.

use crate::subscriptions::{body, post};
use crate::world::{ANNA, Listener, World, world_with};

/// Everything that a small day of mail makes the simulator say.
async fn day(seed: u64) -> Vec<Vec<u8>> {
    let world: World = world_with(|config| {
        config.seed = seed;
        config.graph.notification_duplicate_probability = 0.5;
        config.graph.delta_empty_page_probability = 0.3;
    });
    let listener = Listener::on(&world);
    let mut said = vec![post(&world, &body(&world, "me/messages", "created,updated,deleted", 5)).await.body.to_vec()];
    let mut link = "/me/mailFolders/inbox/messages/delta?$top=50".to_owned();
    for number in 0..12 {
        let id = world.deliver("inbox", &number.to_string()).id;
        match number % 3 {
            0 => world.control().mark_read(ANNA, &id, true).unwrap(),
            1 => drop(world.control().move_message(ANNA, &id, "archive").unwrap()),
            _ => {}
        }
        world.control().advance_clock(std::time::Duration::from_secs(3));
        world.sim.deliver_due_notifications().await;
        let answer = world.get_with(&link, &[("prefer", "odata.maxpagesize=2")]).await;
        let json = answer.json();
        link = json["@odata.nextLink"].as_str().or(json["@odata.deltaLink"].as_str()).unwrap().to_owned();
        said.push(answer.body.to_vec());
        said.push(answer.header("request-id").as_bytes().to_vec());
    }
    said.extend(listener.take().iter().map(|item| item.to_string().into_bytes()));
    said
}

#[tokio::test]
async fn a_day_replays_byte_for_byte_and_another_seed_is_another_day() {
    let first = day(5).await;
    assert_eq!(first, day(5).await);
    assert_ne!(first, day(6).await);
}
