//! What comes again over a socket is done once, whatever it is, and people see what they would have seen.

use std::time::Duration;

use balefire::ids::{IncidentId, TeamId};
use serde_json::Value;

use crate::repeater::Repeater;
use crate::world::{APP_TOKEN, RULES, World, minutes};

/// What Alice does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Types(&'static str),
    Presses(&'static str),
    Submits(&'static str, &'static str),
    Says(&'static str),
}
use Deed::{Presses, Says, Submits, Types};

const BUTTON: &str = "interactive block_actions";
const COMMAND: &str = "slash_commands";
const FORM: &str = "interactive view_submission";
const MENTION: &str = "events_api app_mention";
const REFUSED_ALREADY: &str = "Nothing was recorded. Slack delivered this a second time";
const DONE_ALREADY: &str = "This was done already";

#[tokio::test]
async fn an_envelope_that_comes_again_changes_nothing() {
    let mut once = World::over_socket().await;
    let (mut twice, repeater) = repeated().await;
    // What she does, what comes of it over the socket, and how she is answered the first and the second time.
    for (deed, comes_as, first, again) in [
        (
            Types("declare P1 Checkout is down"),
            COMMAND,
            "declared: Checkout is down",
            DONE_ALREADY,
        ),
        (Presses("Acknowledge"), BUTTON, "", ""),
        (
            Types("update The pool is exhausted"),
            COMMAND,
            "Update posted",
            DONE_ALREADY,
        ),
        // Slack opens one form for one deed; the second delivery finds it open.
        (Presses("Post update"), BUTTON, "", ""),
        (
            Submits("Where does it stand?", "The pool is larger"),
            FORM,
            "",
            "",
        ),
        (Says("@Balefire update Half of it is back"), MENTION, "", ""),
        // A question is answered each time, and what was refused is refused again.
        (Types("list"), COMMAND, "Open incidents", "Open incidents"),
        (Types("ack"), COMMAND, "acknowledged it", REFUSED_ALREADY),
        (Types("declare"), COMMAND, "", ""),
        (Submits("What is broken?", "Search is stale"), FORM, "", ""),
        (
            Types("resolve It works again"),
            COMMAND,
            "resolved after",
            DONE_ALREADY,
        ),
    ] {
        for (world, whisper) in [(&mut once, first), (&mut twice, again)] {
            world.advance(minutes(2)).await;
            let whispered = done(world, deed).await;
            if comes_as == BUTTON {
                answers(deed, &whispered, whisper);
            }
        }
        let repeated = repeater.repeated();
        assert!(
            repeated.iter().all(|one| one.answers.len() == 2),
            "{repeated:#?}"
        );
        let of_it: Vec<_> = repeated
            .iter()
            .filter(|one| kind(&one.envelope) == comes_as)
            .collect();
        let [of_it] = of_it[..] else {
            panic!("{deed:?}: {} of {comes_as}", of_it.len());
        };
        for (answer, expected) in of_it.answers.iter().zip([first, again]) {
            let words = answer["text"].as_str().unwrap_or_default();
            // A button is answered by a whisper, and its acknowledgement has no room for words.
            let expected = if comes_as == BUTTON { "" } else { expected };
            answers(deed, words, expected);
        }
        let (seen_once, seen_twice) = (sees(&mut once).await, sees(&mut twice).await);
        assert_eq!(seen_once, seen_twice, "{deed:?}");
    }
    assert_eq!(twice.standin.socket_complaints(), [""; 0]);
    once.end().await;
    twice.end().await;
}

fn answers(deed: Deed, words: &str, expected: &str) {
    let is_it = words.contains(expected) && words.is_empty() == expected.is_empty();
    assert!(is_it, "{deed:?} is answered: {words:?}, not {expected:?}");
}

/// A world in which every envelope comes twice.
async fn repeated() -> (World, Repeater) {
    let mut world = World::build(RULES, &[], |options| {
        options.app_token = Some(APP_TOKEN.into());
        options.socket_mode = true;
        // Slack waits for the second time, too.
        options.answer_within = Duration::from_secs(60);
    })
    .await;
    let slack_url = world.standin.with(|world| world.base_url.clone());
    let repeater = Repeater::before(&slack_url).await;
    world.standin.set_base_url(&repeater.url);
    world.restart().await;
    world.standin.set_base_url(&slack_url);
    (world, repeater)
}

/// In the incident's channel, once there is one. What she alone sees of a button that she pressed is the result.
async fn done(world: &mut World, deed: Deed) -> String {
    let alice = world.alice();
    let home = world
        .standin
        .channel_by_name("inc-2026-001-checkout-is-down");
    let place = home.unwrap_or_else(|| "C0INCIDENTS".into());
    match deed {
        Types(words) => {
            world
                .slash(&alice, &place, &format!("/incident {words}"))
                .await;
        }
        Presses(label) => return world.click(&alice, &place, label).await,
        Submits(field, words) => assert_eq!(world.submit(&alice, &[(field, words)]).await, ""),
        Says(words) => {
            alice.say(&place, words).unwrap();
            world.settle().await;
        }
    }
    String::new()
}

/// What an envelope carries.
fn kind(envelope: &Value) -> String {
    let payload = &envelope["payload"];
    let within = payload["event"]["type"]
        .as_str()
        .or(payload["type"].as_str());
    let words = [envelope["type"].as_str(), within];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What is new in Slack, which form is open, and how long the timelines are. Channels have their names, because Slack
/// may have counted further in one world than in the other.
async fn sees(world: &mut World) -> String {
    let mut seen = world.everywhere();
    let form = world
        .standin
        .view_of("U0ALICE")
        .map(|form| form["title"]["text"].clone());
    seen.push_str(&format!("  form {form:?}\n"));
    let team = TeamId::new("T0BALEFIRE");
    for number in 1..=2 {
        let id = IncidentId { year: 2026, number };
        let timeline = world.app().store.timeline(&team, &id).await.unwrap();
        seen.push_str(&format!("  {id} {} entries\n", timeline.len()));
    }
    world.standin.with(|world| {
        let named = |seen: String, (id, name): (&str, &str)| seen.replace(id, &format!("#{name}"));
        let channels = world.channels.iter();
        channels
            .map(|channel| (channel.id.as_str(), channel.name.as_str()))
            .fold(seen, named)
    })
}
