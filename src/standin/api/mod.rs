//! The Web API: one door for every method. Who calls, how often, with what right and with which arguments is asked
//! here, before the method itself; every call is recorded.

mod chat;
mod conversations;
mod marks;
pub mod methods;
mod people;
mod reading;
mod rooms;
mod views;

use serde_json::{Map, Value, json};

use super::StandIn;
use super::args::{Args, Unreadable};
use super::faults::Fault;
use super::rates::Rates;
use super::world::{BOT_USER, Call, Channel, World};
use methods::Method;

pub(super) use chat::content_of;
pub(super) use views::{fits_on_stack, new_view, replaced, state_of};

/// Why Slack says no.
#[derive(Clone, Debug)]
pub(super) struct Fail {
    pub(super) code: String,
    more: Map<String, Value>,
    retry_after_s: Option<u64>,
}

impl From<&str> for Fail {
    fn from(code: &str) -> Self {
        Self {
            code: code.into(),
            more: Map::new(),
            retry_after_s: None,
        }
    }
}

impl Fail {
    /// With the reasons that Slack gives beside the code.
    pub(super) fn because(code: &str, reasons: Vec<String>) -> Self {
        let mut fail = Self::from(code);
        let messages: Vec<String> = reasons
            .iter()
            .map(|reason| format!("[ERROR] {reason}"))
            .collect();
        fail.more
            .insert("response_metadata".into(), json!({"messages": messages}));
        if code == "invalid_blocks" {
            fail.more.insert("errors".into(), json!(reasons));
        }
        fail
    }

    /// With one more field beside the code.
    pub(super) fn and(mut self, key: &str, value: Value) -> Self {
        self.more.insert(key.into(), value);
        self
    }

    /// The reasons that were given beside the code.
    pub(super) fn reasons(&self) -> Vec<String> {
        let messages = self
            .more
            .get("response_metadata")
            .map(|metadata| &metadata["messages"]);
        messages
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    fn rate_limited(retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::from("ratelimited")
        }
    }
}

/// What a method hands back: the fields beside `ok`.
pub(super) type Outcome = Result<Value, Fail>;

/// What goes over the wire.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) retry_after_s: Option<u64>,
    /// Value of `x-oauth-scopes`; nothing before the token is known to be good.
    pub(super) scopes: Option<String>,
}

impl Reply {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Ok(fields) => {
                let mut body = json!({"ok": true});
                merge(&mut body, fields);
                Self {
                    status: 200,
                    body,
                    retry_after_s: None,
                    scopes: None,
                }
            }
            Err(fail) => {
                let status = if fail.retry_after_s.is_some() {
                    429
                } else {
                    200
                };
                let mut body = json!({"ok": false, "error": fail.code});
                merge(&mut body, Value::Object(fail.more));
                Self {
                    status,
                    body,
                    retry_after_s: fail.retry_after_s,
                    scopes: None,
                }
            }
        }
    }
}

fn merge(into: &mut Value, fields: Value) {
    if let (Some(into), Value::Object(fields)) = (into.as_object_mut(), fields) {
        into.extend(fields);
    }
}

/// What is done to the connection.
#[derive(Clone, Debug)]
pub(super) enum Wire {
    Answer(Reply),
    Cut,
    Silence,
    After(u64, Reply),
}

/// A call as it came in.
pub(super) struct Incoming<'a> {
    pub(super) method: &'a str,
    pub(super) query: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) bearer: Option<&'a str>,
    pub(super) body: &'a [u8],
}

/// Answers one call.
pub(super) fn call(stand_in: &StandIn, incoming: &Incoming<'_>) -> Wire {
    let Some(method) = methods::find(incoming.method) else {
        let fail = Fail::from("unknown_method").and("req_method", json!(incoming.method));
        return Wire::Answer(Reply::of(Err(fail)));
    };
    let mut args = match Args::read(incoming.query, incoming.content_type, incoming.body) {
        Ok(args) => args,
        Err(Unreadable(code)) => return Wire::Answer(Reply::of(Err(code.into()))),
    };
    let from_arguments = args.take_token();
    let token = incoming.bearer.map(str::to_owned).or(from_arguments);
    if method.name != "api.test" {
        match token {
            None => return Wire::Answer(Reply::of(Err("not_authed".into()))),
            Some(token) => {
                let trouble = stand_in.token_trouble(&token, method.name);
                let revoked = || stand_in.with(|world| world.revoked.then_some("account_inactive"));
                if let Some(code) = trouble.or_else(revoked) {
                    return Wire::Answer(Reply::of(Err(code.into())));
                }
            }
        }
    }
    let (rates, strict) = stand_in.rules();
    stand_in.with(|world| admitted(world, method, args, rates, strict))
}

fn admitted(
    world: &mut World,
    method: &'static Method,
    args: Args,
    rates: Rates,
    strict: bool,
) -> Wire {
    let fault = world.faults.take(method.name);
    let name = fault.as_ref().map(|fault| fault.name().to_owned());
    let unapplied = |reply: Reply| (reply.body.clone(), reply.status, Wire::Answer(reply));
    let (answer, status, wire) = match fault {
        Some(Fault::RateLimited { after_s }) => {
            let wait_ms = i64::try_from(after_s)
                .unwrap_or(i64::MAX / 2)
                .saturating_mul(1000);
            world
                .windows
                .close(method.name, world.now_ms.saturating_add(wait_ms));
            unapplied(Reply::of(Err(Fail::rate_limited(after_s))))
        }
        Some(Fault::HttpError(status)) => unapplied(Reply {
            status,
            body: json!({}),
            retry_after_s: None,
            scopes: None,
        }),
        Some(Fault::Code(code)) => unapplied(Reply::of(Err(code.as_str().into()))),
        Some(Fault::Drop | Fault::Lose) => (Value::Null, 0, Wire::Cut),
        Some(Fault::Hang) => (Value::Null, 0, Wire::Silence),
        Some(Fault::DropThenApply { after_s }) => {
            let wait_ms = i64::try_from(after_s).unwrap_or(0).saturating_mul(1000);
            world.late.push(Late {
                due_ms: world.now_ms.saturating_add(wait_ms),
                method: method.name,
                args: args.clone(),
            });
            (Value::Null, 0, Wire::Cut)
        }
        applied => {
            let reply = perform(world, method, &args, rates, strict);
            let answer = reply.body.clone();
            match applied {
                Some(Fault::AcceptThenDrop) => (answer, 0, Wire::Cut),
                Some(Fault::AcceptThen500) => {
                    let reply = Reply {
                        status: 500,
                        body: json!({}),
                        retry_after_s: None,
                        scopes: None,
                    };
                    (answer, 500, Wire::Answer(reply))
                }
                Some(Fault::Slow { ms }) => (answer, reply.status, Wire::After(ms, reply)),
                _ => (answer, reply.status, Wire::Answer(reply)),
            }
        }
    };
    record(world, method.name, &args, answer, status, name);
    wire
}

fn record(
    world: &mut World,
    method: &str,
    args: &Args,
    answer: Value,
    status: u16,
    fault: Option<String>,
) {
    let n = world.calls.len() as u64 + 1;
    let at_ms = world.now_ms;
    world.calls.push(Call {
        n,
        at_ms,
        method: method.into(),
        args: args.recorded(),
        answer,
        status,
        fault,
    });
}

/// A call whose connection was cut and that Slack will nevertheless carry out.
pub(super) struct Late {
    due_ms: i64,
    method: &'static str,
    args: Args,
}

impl Late {
    /// When it will be carried out, in unix milliseconds.
    pub(super) fn due_ms(&self) -> i64 {
        self.due_ms
    }
}

/// Carries out the late calls that are due. Returns how many.
pub(super) fn apply_late(world: &mut World) -> usize {
    let now_ms = world.now_ms;
    let (due, later): (Vec<Late>, Vec<Late>) = std::mem::take(&mut world.late)
        .into_iter()
        .partition(|late| late.due_ms <= now_ms);
    world.late = later;
    for late in &due {
        if let Some(method) = methods::find(late.method) {
            let reply = perform(world, method, &late.args, Rates::Off, false);
            record(
                world,
                method.name,
                &late.args,
                reply.body,
                0,
                Some("applied_late".into()),
            );
        }
    }
    due.len()
}

fn perform(
    world: &mut World,
    method: &'static Method,
    args: &Args,
    rates: Rates,
    strict: bool,
) -> Reply {
    let outcome = checked(world, method, args, rates, strict);
    let mut reply = Reply::of(outcome);
    if !args.warnings.is_empty() {
        warn(&mut reply.body, &args.warnings);
    }
    reply.scopes = Some(granted(world));
    reply
}

/// Adds to what the method itself had to grumble about.
fn warn(body: &mut Value, warnings: &[&str]) {
    let own = body["warning"].as_str().map(str::to_owned);
    let all: Vec<&str> = own
        .as_deref()
        .into_iter()
        .chain(warnings.iter().copied())
        .collect();
    let mut metadata = body["response_metadata"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    metadata.insert("warnings".into(), json!(all));
    body["warning"] = json!(all.join(","));
    body["response_metadata"] = Value::Object(metadata);
}

fn granted(world: &World) -> String {
    world
        .scopes
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(",")
}

fn checked(
    world: &mut World,
    method: &'static Method,
    args: &Args,
    rates: Rates,
    strict: bool,
) -> Outcome {
    let now_ms = world.now_ms;
    world
        .windows
        .enter(rates, method.name, method.tier, now_ms)
        .map_err(Fail::rate_limited)?;
    if let Some(needed) = missing_scope(world, method, args) {
        let provided = granted(world);
        return Err(Fail::from("missing_scope")
            .and("needed", json!(needed))
            .and("provided", json!(provided)));
    }
    arguments_fit(method, args, strict)?;
    let outcome = run(world, method.name, args, rates);
    if let Err(fail) = &outcome {
        debug_assert!(
            method.name == "api.test" || method.may_say(&fail.code),
            "{} may not answer {}",
            method.name,
            fail.code
        );
    }
    outcome
}

/// Arguments that Slack takes as structures, not as strings.
const STRUCTURES: [&str; 4] = ["blocks", "attachments", "metadata", "view"];
/// Required arguments that the method complains about in words of its own.
const OWN_WORDS: [&str; 4] = ["name", "topic", "purpose", "users"];

fn arguments_fit(method: &Method, args: &Args, strict: bool) -> Result<(), Fail> {
    let mut reasons = args.type_errors(&STRUCTURES);
    for required in method.required.split_whitespace() {
        if !args.has(required) && !OWN_WORDS.contains(&required) {
            reasons.push(format!("missing required field: {required}"));
        }
    }
    if strict {
        let unknown = args.names().filter(|name| !method.takes(name));
        reasons.extend(unknown.map(|name| format!("unknown argument: {name}")));
    }
    if reasons.is_empty() {
        return Ok(());
    }
    // Slack names the missing channel in its own way.
    if !args.has("channel")
        && method
            .required
            .split_whitespace()
            .any(|name| name == "channel")
        && reasons.len() == 1
    {
        return Err("channel_not_found".into());
    }
    Err(Fail::because("invalid_arguments", reasons))
}

fn missing_scope(world: &World, method: &Method, args: &Args) -> Option<String> {
    let all: Vec<&str> = method.scopes.split_whitespace().collect();
    let has = |scopes: &[&str]| {
        scopes.is_empty() || scopes.iter().any(|scope| world.scopes.contains(*scope))
    };
    let of_kind = |prefix: &str| {
        let fitting: Vec<&str> = all
            .iter()
            .copied()
            .filter(|scope| scope.starts_with(prefix))
            .collect();
        if fitting.is_empty() {
            all.clone()
        } else {
            fitting
        }
    };
    let by_kind = method.name.starts_with("conversations.") || method.name == "users.conversations";
    let groups: Vec<Vec<&str>> = if !by_kind {
        vec![all.clone()]
    } else if ["conversations.list", "users.conversations"].contains(&method.name) {
        reading::types(args)
            .iter()
            .map(|kind| of_kind(reading::prefix_of(kind)))
            .collect()
    } else {
        let channel = args.text("channel").and_then(|id| world.channel(id));
        let prefix = match (method.name, channel) {
            ("conversations.open", _) => "im:",
            (_, Some(channel)) => channel.scope_prefix(),
            ("conversations.create", None) if args.flag("is_private") => "groups:",
            (_, None) => "channels:",
        };
        vec![of_kind(prefix)]
    };
    groups
        .into_iter()
        .find(|group| !has(group))
        .map(|group| group.join(","))
}

fn run(world: &mut World, method: &str, args: &Args, rates: Rates) -> Outcome {
    match method {
        "api.test" => people::api_test(args),
        "auth.test" => people::auth_test(),
        "apps.connections.open" => super::socket::open(world),
        "chat.postMessage" => chat::post_message(world, args, rates),
        "chat.update" => chat::update(world, args),
        "chat.delete" => chat::delete(world, args),
        "chat.postEphemeral" => chat::post_ephemeral(world, args),
        "chat.getPermalink" => chat::permalink(world, args),
        "conversations.create" => rooms::create(world, args),
        "conversations.rename" => rooms::rename(world, args),
        "conversations.archive" => rooms::archive(world, args),
        "conversations.unarchive" => rooms::unarchive(world, args),
        "conversations.setTopic" => rooms::set_label(world, args, "topic"),
        "conversations.setPurpose" => rooms::set_label(world, args, "purpose"),
        "conversations.invite" => conversations::invite(world, args),
        "conversations.join" => conversations::join(world, args),
        "conversations.leave" => conversations::leave(world, args),
        "conversations.open" => conversations::open(world, args),
        "conversations.info" => conversations::info(world, args),
        "conversations.list" | "users.conversations" => reading::list(world, args, method),
        "conversations.members" => reading::members(world, args),
        "conversations.history" => reading::history(world, args),
        "conversations.replies" => reading::replies(world, args),
        "users.info" => people::info(world, args),
        "users.list" => people::list(world, args),
        "users.lookupByEmail" => people::by_email(world, args),
        "usergroups.list" => people::groups(world, args),
        "usergroups.users.list" => people::group_users(world, args),
        "team.info" => people::team(args),
        "bots.info" => people::bot(args),
        "views.open" => views::open(world, args),
        "views.push" => views::push(world, args),
        "views.update" => views::update(world, args),
        "views.publish" => views::publish(world, args),
        "pins.add" => marks::pin(world, args),
        "pins.list" => marks::pins(world, args),
        "pins.remove" => marks::unpin(world, args),
        "reactions.add" => marks::react(world, args),
        "reactions.get" => marks::reactions(world, args),
        "reactions.remove" => marks::unreact(world, args),
        "bookmarks.add" => marks::bookmark(world, args),
        "bookmarks.list" => marks::bookmarks(world, args),
        "bookmarks.remove" => marks::unbookmark(world, args),
        _ => Err("internal_error".into()),
    }
}

/// The conversation an argument names, as far as the bot may see it: public ones, and those it is in.
fn seen<'a>(world: &'a World, args: &Args, key: &str) -> Result<&'a Channel, Fail> {
    let id = args.text(key).ok_or("channel_not_found")?;
    let channel = world.channel(id).ok_or("channel_not_found")?;
    let visible = channel.kind == super::world::Kind::Public || channel.has(BOT_USER);
    if visible {
        Ok(channel)
    } else {
        Err("channel_not_found".into())
    }
}

/// Whether a string looks like a message timestamp.
fn is_ts(text: &str) -> bool {
    text.split_once('.').is_some_and(|(seconds, micros)| {
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits(seconds) && digits(micros) && micros.len() == 6
    })
}
