//! `conversations.*` about who is in: invite, join, leave, open, info.

use serde_json::{Value, json};

use super::rooms::{own_room, shown};
use super::{Fail, Outcome, seen};
use crate::standin::args::Args;
use crate::standin::world::{BOT_USER, Kind, World};

const INVITES_MAX: usize = 100;

pub(super) fn invite(world: &mut World, args: &Args) -> Outcome {
    let channel = own_room(world, args)?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let users = args.list("users");
    if users.is_empty() {
        return Err("no_user".into());
    }
    if users.len() > INVITES_MAX {
        let reason = format!("no more than {INVITES_MAX} items allowed [json-pointer:/users]");
        return Err(Fail::because("invalid_arguments", vec![reason]));
    }
    let problem = |user: &str| match world.human(user) {
        None => Some("user_not_found"),
        Some(human) if human.id == BOT_USER => Some("cant_invite_self"),
        Some(human) if human.deleted => Some("cant_invite"),
        Some(human) if channel.has(&human.id) => Some("already_in_channel"),
        Some(_) => None,
    };
    let (wrong, right): (Vec<String>, Vec<String>) =
        users.into_iter().partition(|user| problem(user).is_some());
    // Without `force` one wrong name keeps everybody out.
    if let Some(first) = wrong.first()
        && (!args.flag("force") || right.is_empty())
    {
        let errors: Vec<Value> = wrong
            .iter()
            .map(|user| json!({"user": user, "ok": false, "error": problem(user)}))
            .collect();
        return Err(
            Fail::from(problem(first).unwrap_or("cant_invite")).and("errors", json!(errors))
        );
    }
    for user in &right {
        world.join(&channel.id, user, Some(BOT_USER));
    }
    shown(world, &channel.id)
}

pub(super) fn join(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?.clone();
    if channel.kind != Kind::Public {
        return Err("method_not_supported_for_channel_type".into());
    }
    if channel.archived {
        return Err("is_archived".into());
    }
    if channel.has(BOT_USER) {
        let mut answer = shown(world, &channel.id)?;
        answer["warning"] = json!("already_in_channel");
        answer["response_metadata"] = json!({"warnings": ["already_in_channel"]});
        return Ok(answer);
    }
    world.join(&channel.id, BOT_USER, None);
    shown(world, &channel.id)
}

pub(super) fn leave(world: &mut World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?.clone();
    if channel.kind == Kind::Im {
        return Err("method_not_supported_for_channel_type".into());
    }
    if channel.archived {
        return Err("is_archived".into());
    }
    if channel.general {
        return Err("cant_leave_general".into());
    }
    if !channel.has(BOT_USER) {
        return Ok(json!({"not_in_channel": true}));
    }
    world.leave(&channel.id, BOT_USER, BOT_USER);
    Ok(json!({}))
}

pub(super) fn open(world: &mut World, args: &Args) -> Outcome {
    let id = match args.text("channel") {
        Some(_) => {
            let channel = seen(world, args, "channel")?;
            if channel.kind != Kind::Im {
                return Err("method_not_supported_for_channel_type".into());
            }
            channel.id.clone()
        }
        None => {
            let users = args.list("users");
            let [user] = users.as_slice() else {
                // A direct message among several people is a kind of channel that this workspace does not offer.
                let code = if users.is_empty() {
                    "users_list_not_supplied"
                } else {
                    "too_many_users"
                };
                return Err(code.into());
            };
            let human = world
                .human(user)
                .filter(|human| human.id != BOT_USER)
                .ok_or("user_not_found")?;
            if human.deleted {
                return Err("user_disabled".into());
            }
            world.direct(BOT_USER, user)
        }
    };
    if args.flag("return_im") {
        return shown(world, &id);
    }
    Ok(json!({"channel": {"id": id}}))
}

pub(super) fn info(world: &World, args: &Args) -> Outcome {
    let channel = seen(world, args, "channel")?;
    let mut answer = json!({"channel": channel.json(world)});
    if args.flag("include_num_members") {
        answer["channel"]["num_members"] = json!(channel.members.len());
    }
    if args.flag("include_locale") {
        answer["channel"]["locale"] = json!("en-US");
    }
    Ok(answer)
}
