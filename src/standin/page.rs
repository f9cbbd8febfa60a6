//! What the browser gets: the page itself, and the world as JSON. Acting is in `page_act`.

use std::convert::Infallible;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::message::Message;
use super::world::{Change, Channel, Human, Kind, World};
use super::{StandIn, page_act};

macro_rules! files {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("page/", $name)))),*] };
}

/// Everything the page consists of, by the name under `/page/`; a test holds the list to the folder.
const FILES: &[(&str, &str)] = files![
    "app.js"
    "avatar.js"
    "blocks.js"
    "complete.js"
    "composer.js"
    "controls.css"
    "dates.js"
    "dom.js"
    "editing.js"
    "elements.js"
    "emoji.js"
    "header.js"
    "home.js"
    "index.html"
    "markdown.js"
    "message.css"
    "messages.js"
    "modal.js"
    "mrkdwn.js"
    "overlays.js"
    "picker.js"
    "richtext.js"
    "sidebar.js"
    "store.js"
    "story.js"
    "style.css"
    "text.js"
    "topbar.js"
];

pub(super) fn router() -> Router<StandIn> {
    Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route(
            "/page/{name}",
            get(|Path(name): Path<String>| async move { file(&name) }),
        )
        .route("/standin/state", get(state))
        .route("/standin/messages", get(messages))
        .route("/standin/live", get(live))
        .route("/standin/calls", get(calls))
        .route("/standin/act", post(page_act::act))
}

fn file(name: &str) -> Response {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ],
        *text,
    )
        .into_response()
}

#[derive(Deserialize)]
struct Viewer {
    #[serde(rename = "as", default)]
    me: String,
}

async fn state(State(stand_in): State<StandIn>, Query(viewer): Query<Viewer>) -> Json<Value> {
    let options = &stand_in.inner.options;
    let commands: Vec<Value> = options
        .commands
        .iter()
        .map(|spec| json!({"command": spec.command, "usage_hint": spec.usage_hint, "description": spec.description}))
        .collect();
    let story: Vec<Value> = options
        .story
        .iter()
        .map(|step| json!({"as": step.person, "say": step.say, "try": step.try_this, "channel": step.channel, "jump_s": step.jump_s}))
        .collect();
    let can_jump = options.on_jump.is_some();
    Json(stand_in.with(|world| {
        // An address from another demo names somebody who is not here: then the page is the first person's.
        let somebody = |human: &&Human| !human.is_bot && !human.deleted;
        let known = world.human(&viewer.me).filter(somebody);
        let me = known.or_else(|| world.people.iter().find(somebody));
        let me = me.map_or("", |human| human.id.as_str());
        let people: Vec<Value> = world
            .people
            .iter()
            .map(|human| {
                json!({"id": human.id, "name": human.name, "real_name": human.real_name, "locale": human.locale,
                    "tz": human.tz, "color": human.color, "is_bot": human.is_bot, "deleted": human.deleted})
            })
            .collect();
        let visible = |channel: &&Channel| match channel.kind {
            Kind::Public => true,
            Kind::Private | Kind::Im => channel.has(me),
        };
        let channels: Vec<Value> =
            world.channels.iter().filter(visible).map(|channel| channel_json(world, channel, me)).collect();
        let groups: Vec<Value> = world
            .usergroups
            .iter()
            .map(|group| json!({"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}))
            .collect();
        let views: Vec<Value> = world.views_of(me).iter().map(|view| view.json()).collect();
        json!({
            "now": seconds(world.now_ms), "me": me, "people": people, "channels": channels, "usergroups": groups,
            "commands": commands, "views": views, "story": story, "faults": world.faults.json(),
            "home": world.homes.get(me).map(super::world::View::json), "can_jump": can_jump,
        })
    }))
}

fn seconds(ms: i64) -> f64 {
    // Exact: a present in milliseconds has far fewer than 53 bits.
    ms as f64 / 1000.0
}

fn channel_json(world: &World, channel: &Channel, me: &str) -> Value {
    let read = channel.read.get(me).map_or("", String::as_str);
    let seen_by_me = |message: &&Message| message.only_for.as_deref().is_none_or(|only| only == me);
    let unread: Vec<&Message> = channel
        .messages
        .iter()
        .filter(|message| {
            message.ts.as_str() > read
                && message.user() != me
                && message.top_level()
                && !message.deleted
        })
        .filter(seen_by_me)
        .collect();
    let last = channel
        .messages
        .iter()
        .filter(seen_by_me)
        .rfind(|message| !message.deleted);
    let im = channel.kind == Kind::Im;
    let mentioned =
        im && !unread.is_empty() || unread.iter().any(|message| calls_for(world, message, me));
    let pins: Vec<&str> = channel.pins.iter().map(|pin| pin.ts.as_str()).collect();
    let bookmarks: Vec<Value> = channel
        .bookmarks
        .iter()
        .map(|bookmark| json!({"title": bookmark.title, "link": bookmark.link, "emoji": bookmark.emoji}))
        .collect();
    json!({
        "id": channel.id, "name": channel.name, "is_im": im, "with": channel.partner(me),
        "is_private": channel.kind == Kind::Private, "is_member": channel.has(me), "is_archived": channel.archived,
        "topic": channel.topic.value, "unread": unread.len(), "mentioned": mentioned,
        "last_ts": last.map(|message| message.ts.as_str()), "pins": pins, "bookmarks": bookmarks,
        "members": channel.members,
    })
}

/// Whether a message pings this person.
fn calls_for(world: &World, message: &Message, me: &str) -> bool {
    let words = format!(
        "{} {}",
        message.text,
        message
            .blocks
            .as_ref()
            .map(Value::to_string)
            .unwrap_or_default()
    );
    let group = |group: &super::world::Usergroup| {
        words.contains(&format!("<!subteam^{}", group.id))
            && group.users.iter().any(|user| user == me)
    };
    ["<!here", "<!channel", "<!everyone"]
        .iter()
        .any(|range| words.contains(range))
        || words.contains(&format!("<@{me}"))
        || world.usergroups.iter().any(group)
}

#[derive(Deserialize)]
struct Where {
    #[serde(rename = "as")]
    me: String,
    channel: String,
    thread: Option<String>,
}

async fn messages(State(stand_in): State<StandIn>, Query(at): Query<Where>) -> Json<Value> {
    Json(stand_in.with(|world| {
        let shown = |channel: &Channel| channel.kind == Kind::Public || channel.has(&at.me);
        let Some(channel) = world.channel(&at.channel).filter(|channel| shown(channel)) else {
            return json!({"messages": []});
        };
        let wanted = |message: &&Message| match &at.thread {
            Some(ts) => message.ts == *ts || message.thread_ts.as_ref() == Some(ts),
            None => message.top_level(),
        };
        let list: Vec<Value> = channel
            .messages
            .iter()
            .filter(|message| message.only_for.as_ref().is_none_or(|only| *only == at.me))
            .filter(|message| !message.deleted || channel.replies_to(&message.ts).next().is_some())
            .filter(wanted)
            .map(|message| message_json(channel, message))
            .collect();
        json!({"messages": list})
    }))
}

fn message_json(channel: &Channel, message: &Message) -> Value {
    let mut out = message.json(channel, false);
    let person_wrote = message.extra.contains_key("client_msg_id");
    if let Some(out) = out.as_object_mut() {
        if person_wrote {
            // The text says it all; the page formats it itself.
            out.remove("blocks");
        }
        if message.by_bot() {
            // Slack shows no "(edited)" on what an app updates.
            out.remove("edited");
        }
        if message.only_for.is_some() {
            out.insert("ephemeral".into(), json!(true));
        }
        if channel.pins.iter().any(|pin| pin.ts == message.ts) {
            out.insert("pinned".into(), json!(true));
        }
    }
    out
}

async fn live(State(stand_in): State<StandIn>, Query(viewer): Query<Viewer>) -> impl IntoResponse {
    let now = seconds((stand_in.inner.options.clock)());
    let heard = stand_in.inner.changes.subscribe();
    let stream = futures_util::stream::unfold(
        (stand_in, heard, Some(now)),
        move |(stand_in, mut heard, hello)| {
            let me = viewer.me.clone();
            async move {
                if let Some(now) = hello {
                    let event =
                        Event::default().data(json!({"type": "hello", "now": now}).to_string());
                    return Some((Ok::<_, Infallible>(event), (stand_in, heard, None)));
                }
                loop {
                    let change = match heard.recv().await {
                        Ok(change) => change,
                        // Too far behind: fetch everything.
                        Err(RecvError::Lagged(_)) => Change {
                            state: true,
                            views_of: Some(me.clone()),
                            channel: None,
                        },
                        Err(RecvError::Closed) => return None,
                    };
                    if let Some(data) =
                        told(&change, &me, seconds((stand_in.inner.options.clock)()))
                    {
                        return Some((
                            Ok(Event::default().data(data.to_string())),
                            (stand_in, heard, None),
                        ));
                    }
                }
            }
        },
    );
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// What one change means for one viewer's page.
fn told(change: &Change, me: &str, now: f64) -> Option<Value> {
    let mut data = json!({"type": "changed", "clock": now});
    if let Some(channel) = &change.channel {
        data["channel"] = json!(channel);
    }
    match &change.views_of {
        Some(user) if user == me => data["views"] = json!(true),
        Some(_) if change.channel.is_none() && !change.state => return None,
        _ => {}
    }
    if change.state {
        data["state"] = json!(true);
    }
    Some(data)
}

async fn calls(State(stand_in): State<StandIn>) -> Json<Value> {
    let calls = stand_in.calls();
    let list: Vec<Value> = calls
        .iter()
        .map(|call| {
            json!({"n": call.n, "at": seconds(call.at_ms), "method": call.method, "args": call.args,
                "answer": call.answer, "status": call.status, "fault": call.fault})
        })
        .collect();
    Json(json!({"calls": list}))
}
