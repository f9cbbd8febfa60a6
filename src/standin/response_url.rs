//! The hooks that commands and clicks bring along: five uses, thirty minutes.

use serde_json::{Value, json};

use super::StandIn;
use super::api::{Fail, Reply, Wire, content_of};
use super::args::Args;
use super::faults::Fault;
use super::message::{Author, Message};
use super::world::{Call, Change, ResponseUrl, World};

const USES_MAX: u32 = 5;
const LIFE_MS: i64 = 30 * 60 * 1000;

/// Answers one post to a hook.
pub(super) fn answer(stand_in: &StandIn, id: &str, body: &[u8]) -> Wire {
    stand_in.with(|world| {
        let fault = world.faults.take("response_url");
        let given: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let refused = match &fault {
            Some(Fault::HttpError(status)) => Some(Wire::Answer(plain(*status, json!({})))),
            Some(Fault::Drop | Fault::DropThenApply { .. } | Fault::Lose) => Some(Wire::Cut),
            Some(Fault::Hang) => Some(Wire::Silence),
            Some(Fault::RateLimited { after_s }) => {
                let reply = plain(429, json!({"ok": false, "error": "ratelimited"}));
                Some(Wire::Answer(Reply {
                    retry_after_s: Some(*after_s),
                    ..reply
                }))
            }
            _ => None,
        };
        let reply = if refused.is_some() {
            plain(0, Value::Null)
        } else {
            match take(world, id, &given) {
                Ok(()) => plain(200, json!({"ok": true})),
                Err((status, fail)) => plain(status, json!({"ok": false, "error": fail.code})),
            }
        };
        let n = world.calls.len() as u64 + 1;
        let mut args = if given.is_object() {
            given
        } else {
            json!({"body": given})
        };
        args["response_url"] = json!(id);
        world.calls.push(Call {
            n,
            at_ms: world.now_ms,
            method: "response_url".into(),
            args,
            answer: reply.body.clone(),
            status: reply.status,
            fault: fault.as_ref().map(|fault| fault.name().into()),
        });
        match (refused, fault) {
            (Some(wire), _) => wire,
            (None, Some(Fault::AcceptThenDrop)) => Wire::Cut,
            (None, Some(Fault::AcceptThen500)) => Wire::Answer(plain(500, json!({}))),
            (None, Some(Fault::Slow { ms })) => Wire::After(ms, reply),
            (None, _) => Wire::Answer(reply),
        }
    })
}

fn plain(status: u16, body: Value) -> Reply {
    Reply {
        status,
        body,
        retry_after_s: None,
        scopes: None,
    }
}

fn take(world: &mut World, id: &str, given: &Value) -> Result<(), (u16, Fail)> {
    let now_ms = world.now_ms;
    let url = world
        .response_urls
        .get_mut(id)
        .ok_or((404, Fail::from("no_such_url")))?;
    if now_ms - url.made_ms > LIFE_MS {
        return Err((404, "expired_url".into()));
    }
    if url.uses >= USES_MAX {
        return Err((404, "used_url".into()));
    }
    url.uses += 1;
    let url = url.clone();
    put(world, &url, given)
        .map(|_| ())
        .map_err(|fail| (400, fail))
}

/// Carries out what a command's answer or a hook asks for. Returns the `ts` of what is now to be seen, if anything.
pub(super) fn put(
    world: &mut World,
    url: &ResponseUrl,
    given: &Value,
) -> Result<Option<String>, Fail> {
    let Some(fields) = given.as_object() else {
        return Err("invalid_payload".into());
    };
    let known = [
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "mrkdwn",
        "unfurl_links",
        "unfurl_media",
        "metadata",
        "username",
        "icon_emoji",
        "icon_url",
        "markdown_text",
    ];
    if fields.keys().any(|name| !known.contains(&name.as_str())) {
        return Err("invalid_payload".into());
    }
    let source = url.source_ts.as_deref();
    if given["delete_original"] == true {
        let gone = source.and_then(|ts| world.channel_mut(&url.channel)?.remove(ts));
        if let Some(gone) = gone {
            world.message_deleted(&url.channel, &gone);
        }
        return Ok(None);
    }
    let args = Args::of(fields);
    let content = content_of(world, &args)?;
    if given["replace_original"] == true
        && let Some(before) = source
            .and_then(|ts| world.channel(&url.channel)?.message(ts))
            .cloned()
    {
        if let Some(message) = world
            .channel_mut(&url.channel)
            .and_then(|channel| channel.message_mut(&before.ts))
        {
            message.text = content.text;
            message.blocks = content.blocks;
            message.attachments = content.attachments;
        }
        world.message_changed(&url.channel, &before);
        return Ok(Some(before.ts));
    }
    let in_channel = match given["response_type"].as_str() {
        None | Some("ephemeral") => false,
        Some("in_channel") => true,
        Some(_) => return Err("invalid_payload".into()),
    };
    let mut message = Message::new(&world.next_ts(), Author::Bot, &content.text);
    message.blocks = content.blocks;
    message.attachments = content.attachments;
    message.only_for = (!in_channel).then(|| url.user.clone());
    message.thread_ts = given["thread_ts"]
        .as_str()
        .map(str::to_owned)
        .or_else(|| url.thread_ts.clone());
    let ts = message.ts.clone();
    world.post(&url.channel, message);
    world.changes.push(Change {
        channel: Some(url.channel.clone()),
        ..Change::default()
    });
    Ok(Some(ts))
}
