//! `auth.*`, `users.*`, `usergroups.*`, `team.*`, `bots.*`: who is who.

use serde_json::{Value, json};

use super::reading::{limit, page};
use super::{Fail, Outcome};
use crate::standin::args::Args;
use crate::standin::message::bot_profile;
use crate::standin::world::{
    APP, BOT, BOT_USER, Human, TEAM, TEAM_DOMAIN, TEAM_NAME, Usergroup, World,
};

impl Human {
    /// Slack's JSON for an account. Without `users:read.email` the address is left out.
    pub(crate) fn json(&self, world: &World, with_locale: bool) -> Value {
        let (first, last) = self
            .real_name
            .rsplit_once(' ')
            .unwrap_or((&self.real_name, ""));
        let mut user = json!({
            "id": self.id, "team_id": TEAM, "name": self.name, "deleted": self.deleted,
            "color": self.color.trim_start_matches('#'), "real_name": self.real_name, "tz": self.tz,
            "tz_label": self.tz, "tz_offset": self.tz_offset_s, "is_admin": self.id == "U0ALICE",
            "is_owner": false, "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false,
            "is_bot": self.is_bot, "is_app_user": false, "is_email_confirmed": !self.is_bot, "updated": 0,
            "profile": {
                "title": "", "phone": "", "skype": "", "real_name": self.real_name,
                "real_name_normalized": self.real_name, "display_name": self.name,
                "display_name_normalized": self.name, "status_text": "", "status_emoji": "", "status_expiration": 0,
                "avatar_hash": "g0000000", "first_name": first, "last_name": last, "team": TEAM,
            },
        });
        if self.id == BOT_USER {
            user["profile"]["api_app_id"] = json!(APP);
            user["profile"]["bot_id"] = json!(BOT);
        } else if world.scopes.contains("users:read.email") {
            user["profile"]["email"] = json!(self.email());
        }
        if with_locale {
            user["locale"] = json!(self.locale);
        }
        user
    }

    fn email(&self) -> String {
        format!("{}@{TEAM_DOMAIN}.example", self.name)
    }
}

impl Usergroup {
    /// Slack's JSON for a group.
    pub(crate) fn json(&self, with_users: bool) -> Value {
        let mut group = json!({
            "id": self.id, "team_id": TEAM, "is_usergroup": true, "is_subteam": true, "name": self.name,
            "description": "", "handle": self.handle, "is_external": false, "date_create": 1_700_000_000,
            "date_update": 1_700_000_000, "date_delete": i64::from(self.disabled) * 1_700_000_000, "auto_type": null, "auto_provision": false,
            "created_by": "U0ALICE", "updated_by": "U0ALICE", "deleted_by": null,
            "prefs": {"channels": [], "groups": []}, "user_count": self.users.len(), "channel_count": 0,
        });
        if with_users {
            group["users"] = json!(self.users);
        }
        group
    }
}

pub(super) fn api_test(args: &Args) -> Outcome {
    let echoed = args.recorded();
    match args.text("error") {
        Some(code) => Err(Fail::from(code).and("args", echoed)),
        None => Ok(json!({"args": echoed})),
    }
}

pub(super) fn auth_test() -> Outcome {
    Ok(
        json!({"url": format!("https://{TEAM_DOMAIN}.slack.com/"), "team": TEAM_NAME, "user": "balefire",
        "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false}),
    )
}

pub(super) fn info(world: &World, args: &Args) -> Outcome {
    let human = args
        .text("user")
        .and_then(|id| world.human(id))
        .ok_or("user_not_found")?;
    Ok(json!({"user": human.json(world, args.flag("include_locale"))}))
}

pub(super) fn list(world: &World, args: &Args) -> Outcome {
    let limit = limit(args, 1000, 1000, "invalid_arguments")?;
    let page = page(args, &world.people, limit, |human| &human.id)?;
    let members: Vec<Value> = page
        .items
        .iter()
        .map(|human| human.json(world, args.flag("include_locale")))
        .collect();
    Ok(
        json!({"members": members, "cache_ts": world.now_s(), "response_metadata": {"next_cursor": page.next_cursor}}),
    )
}

pub(super) fn by_email(world: &World, args: &Args) -> Outcome {
    let email = args.text("email").unwrap_or_default();
    let found = world
        .people
        .iter()
        .find(|human| !human.is_bot && !human.deleted && human.email() == email);
    Ok(json!({"user": found.ok_or("users_not_found")?.json(world, false)}))
}

pub(super) fn groups(world: &World, args: &Args) -> Outcome {
    let with_users = args.flag("include_users");
    let disabled_too = args.flag("include_disabled");
    let groups: Vec<Value> = world
        .usergroups
        .iter()
        .filter(|group| disabled_too || !group.disabled)
        .map(|group| group.json(with_users))
        .collect();
    Ok(json!({"usergroups": groups}))
}

pub(super) fn group_users(world: &World, args: &Args) -> Outcome {
    let id = args.text("usergroup").unwrap_or_default();
    let group = world
        .usergroups
        .iter()
        .find(|group| group.id == id)
        .ok_or("no_such_subteam")?;
    Ok(json!({"users": group.users}))
}

pub(super) fn team(args: &Args) -> Outcome {
    if args.text("team").is_some_and(|team| team != TEAM) {
        return Err("team_not_found".into());
    }
    Ok(
        json!({"team": {"id": TEAM, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "email_domain": "",
        "url": format!("https://{TEAM_DOMAIN}.slack.com/"), "icon": {"image_default": true}}}),
    )
}

pub(super) fn bot(args: &Args) -> Outcome {
    if args.text("bot").is_some_and(|bot| bot != BOT) {
        return Err("bot_not_found".into());
    }
    Ok(json!({"bot": bot_profile()}))
}
