//! The page's one door to act: JSON in, what became of it out.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::command::Answer;
use super::faults::Fault;
use super::interact::{Pick, Submitted};
use super::person::{Person, Refused};
use super::world::Change;
use super::{Kind, StandIn};

pub(super) async fn act(State(stand_in): State<StandIn>, Json(order): Json<Value>) -> Response {
    let done = carry_out(&stand_in, &order).await;
    Json(done.unwrap_or_else(
        |refused| json!({"ok": false, "error": refused.code, "words": refused.words}),
    ))
    .into_response()
}

const OK: fn() -> Value = || json!({"ok": true});

async fn carry_out(stand_in: &StandIn, order: &Value) -> Result<Value, Refused> {
    let text = |key: &str| {
        let missing = || Refused::new("invalid_arguments", &format!("“{key}” is missing"));
        order[key].as_str().ok_or_else(missing)
    };
    let me = stand_in.person(text("as")?);
    let channel = order["channel"].as_str().unwrap_or_default();
    let ts = order["ts"].as_str().unwrap_or_default();
    let view_id = order["view_id"].as_str();
    match text("do")? {
        "say" => say(&me, channel, text("text")?, order["thread_ts"].as_str()).await,
        "click" => me
            .pick(channel, ts, pick(order))
            .await
            .map(|answer| answered(&answer)),
        "view_click" => {
            me.fill(view_id, values(order))?;
            me.view_pick(view_id, pick(order))
                .await
                .map(|answer| answered(&answer))
        }
        "submit" => me
            .submit_values(view_id, values(order))
            .await
            .map(|submitted| submission(&submitted)),
        "close_view" => me.close(view_id).await.map(|()| OK()),
        "react" => me.react(channel, ts, text("name")?).map(|()| OK()),
        "unreact" => me.unreact(channel, ts, text("name")?).map(|()| OK()),
        "edit" => me.edit(channel, ts, text("text")?).map(|()| OK()),
        "delete" => me.delete(channel, ts).map(|()| OK()),
        "read" => me.read(channel).map(|()| OK()),
        "join" => me.join(channel).map(|()| OK()),
        "leave" => me.leave(channel).map(|()| OK()),
        "invite" => me.invite(channel, text("user")?).map(|()| OK()),
        "archive" => me.archive(channel).map(|()| OK()),
        "unarchive" => me.unarchive(channel).map(|()| OK()),
        "delete_channel" => me.delete_channel(channel).map(|()| OK()),
        "create_channel" => {
            let id = stand_in.add_channel(text("name")?, Kind::Public, &[me.id()]);
            Ok(json!({"ok": true, "channel": id}))
        }
        "open_dm" => me
            .open_dm(text("with")?)
            .map(|id| json!({"ok": true, "channel": id})),
        "open_home" => {
            me.open_home();
            Ok(OK())
        }
        "jump" => jump(stand_in, order),
        "fault" => fault(stand_in, order),
        "clear_faults" => {
            stand_in.behave();
            stand_in.with(super::World::state_changed);
            Ok(OK())
        }
        other => Err(Refused::new(
            "unknown_act",
            &format!("Nobody can do “{other}” here"),
        )),
    }
}

fn values(order: &Value) -> Map<String, Value> {
    order["values"].as_object().cloned().unwrap_or_default()
}

async fn say(
    me: &Person,
    channel: &str,
    typed: &str,
    thread_ts: Option<&str>,
) -> Result<Value, Refused> {
    if !typed.starts_with('/') {
        let ts = match thread_ts {
            Some(thread_ts) => me.reply(channel, thread_ts, typed)?,
            None => me.say(channel, typed)?,
        };
        return Ok(json!({"ok": true, "ts": ts}));
    }
    let answer = match thread_ts {
        Some(thread_ts) => me.slash_in_thread(channel, thread_ts, typed).await,
        None => me.slash(channel, typed).await,
    };
    Ok(answered(&answer))
}

fn answered(answer: &Answer) -> Value {
    match &answer.error {
        None => {
            json!({"ok": true, "ts": answer.message.as_ref().map(|message| message.ts.as_str())})
        }
        Some(code) => {
            // Slackbot tells of a failed command in the channel; nobody else tells of a failed click.
            let told = answer.message.as_ref().map(|message| message.text.clone());
            let in_channel = told.is_some();
            let words = told.unwrap_or_else(|| {
                format!("The app did not answer ({})", answer.problems.join("; "))
            });
            json!({"ok": false, "error": code, "words": words, "told": in_channel, "problems": answer.problems})
        }
    }
}

fn submission(submitted: &Submitted) -> Value {
    match &submitted.trouble {
        Some(words) => json!({"ok": false, "error": "trouble", "words": words}),
        None if submitted.errors.is_empty() => OK(),
        None => json!({"ok": false, "errors": submitted.errors}),
    }
}

fn pick(order: &Value) -> Pick {
    const CHOSEN: [&str; 12] = [
        "value",
        "selected_option",
        "selected_options",
        "selected_user",
        "selected_users",
        "selected_channel",
        "selected_channels",
        "selected_conversation",
        "selected_conversations",
        "selected_date",
        "selected_time",
        "selected_date_time",
    ];
    let chosen: Map<String, Value> = CHOSEN
        .iter()
        .filter(|key| !order[**key].is_null())
        .map(|key| ((*key).to_owned(), order[*key].clone()))
        .collect();
    Pick {
        block_id: order["block_id"].as_str().map(str::to_owned),
        what: order["action_id"].as_str().unwrap_or_default().into(),
        chosen,
    }
}

fn jump(stand_in: &StandIn, order: &Value) -> Result<Value, Refused> {
    let no = |words: &str| Refused::new("cannot_jump", words);
    let jump = stand_in
        .inner
        .options
        .on_jump
        .as_ref()
        .ok_or_else(|| no("This clock cannot be moved"))?;
    let seconds = order["seconds"]
        .as_f64()
        .filter(|seconds| *seconds > 0.0 && *seconds <= 31_536_000.0);
    let seconds = seconds.ok_or_else(|| no("Say how many seconds to jump ahead, up to a year"))?;
    jump((seconds * 1000.0) as i64);
    stand_in.with(|world| {
        world.changes.push(Change {
            state: true,
            ..Change::default()
        });
        Ok(json!({"ok": true, "now": world.now_ms as f64 / 1000.0}))
    })
}

fn fault(stand_in: &StandIn, order: &Value) -> Result<Value, Refused> {
    let unknown = || Refused::new("unknown_fault", "There is no such misbehaviour");
    let fault = Fault::parse(order).ok_or_else(unknown)?;
    let target = order["target"]
        .as_str()
        .or(order["method"].as_str())
        .filter(|target| !target.is_empty());
    let times = order["times"]
        .as_u64()
        .and_then(|times| u32::try_from(times).ok());
    let forever = order["times"] == json!("always");
    stand_in.misbehave(
        target,
        fault,
        if forever {
            None
        } else {
            Some(times.unwrap_or(1))
        },
    );
    stand_in.with(super::World::state_changed);
    Ok(OK())
}
