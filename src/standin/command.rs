//! Typing a slash command: what goes to the bot, and what the person sees of the answer.

use serde_json::{Value, json};

use super::deliver::{Heard, Lost};
use super::faults::Fault;
use super::person::{Person, Refused};
use super::text::{Notation, noted};
use super::world::{APP, Kind, ResponseUrl, TEAM, TEAM_DOMAIN, World};
use super::{Message, StandIn, response_url};

/// What somebody sees at once after a command or a click.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The message that came as the answer, if one did.
    pub message: Option<Message>,
    /// Slack's complaint instead: `dispatch_failed`, `operation_timeout`, `invalid_command_response`, …
    pub error: Option<String>,
    /// What Slack found wrong with the bot's answer.
    pub problems: Vec<String>,
}

impl Answer {
    /// What there is to read: the answer, or Slack's complaint.
    pub fn reads(&self) -> String {
        match (&self.message, &self.error) {
            (Some(message), _) => message.reads(),
            (None, Some(error)) => format!("(error: {error})"),
            (None, None) => String::new(),
        }
    }
}

impl Person {
    /// Types a slash command, for example `/incident declare P1 Checkout is down`, and waits for the answer.
    pub async fn slash(&self, channel: &str, typed: &str) -> Answer {
        self.command(channel, typed, None).await
    }

    /// Types a slash command in a thread, which Slack refuses.
    pub async fn slash_in_thread(&self, channel: &str, thread_ts: &str, typed: &str) -> Answer {
        self.command(channel, typed, Some(thread_ts)).await
    }

    async fn command(&self, channel: &str, typed: &str, thread_ts: Option<&str>) -> Answer {
        let prepared = self
            .stand_in
            .with(|world| self.prepare_command(world, channel, typed, thread_ts));
        let (payload, url, fault) = match prepared {
            Ok(prepared) => prepared,
            Err(answer) => return *answer,
        };
        let outcome = self
            .stand_in
            .to_bot("commands", &payload, None, fault)
            .await;
        let command = typed.split_whitespace().next().unwrap_or_default();
        self.stand_in.with(|world| {
            let failed = |world: &mut World, error: &str, problems: Vec<String>| {
                let words = format!("{command} failed with the error “{error}”");
                let ts = world.slackbot_tells(&url.channel, &self.id, &words);
                Answer {
                    message: message_at(world, &url.channel, &ts),
                    error: Some(error.into()),
                    problems,
                }
            };
            match outcome {
                Err(Lost::TimedOut) => failed(world, "operation_timeout", Vec::new()),
                Err(Lost::Unreachable) => failed(world, "dispatch_failed", Vec::new()),
                Ok(heard) if heard.status != 200 => failed(
                    world,
                    "dispatch_failed",
                    vec![format!("HTTP {}", heard.status)],
                ),
                Ok(heard) if heard.body.trim().is_empty() => Answer::default(),
                Ok(heard) => match answered(world, &url, &heard) {
                    Ok(ts) => Answer {
                        message: ts.and_then(|ts| message_at(world, &url.channel, &ts)),
                        ..Answer::default()
                    },
                    Err(problems) => failed(world, "invalid_command_response", problems),
                },
            }
        })
    }

    fn prepare_command(
        &self,
        world: &mut World,
        channel: &str,
        typed: &str,
        thread_ts: Option<&str>,
    ) -> Result<(Value, ResponseUrl, Option<Fault>), Box<Answer>> {
        let refused = |refused: Refused| {
            Box::new(Answer {
                error: Some(refused.code),
                problems: vec![refused.words],
                ..Answer::default()
            })
        };
        let room = self.open_room(world, channel).map_err(refused)?.outline();
        let (command, text) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let known = self
            .stand_in
            .inner
            .options
            .commands
            .iter()
            .any(|spec| spec.command == command);
        let objection = match (known, thread_ts) {
            (false, _) => Some((
                "invalid_command",
                format!(
                    "{command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands."
                ),
            )),
            (true, Some(_)) => Some((
                "command_not_supported_in_threads",
                format!("{command} is not supported in threads. Sorry!"),
            )),
            (true, None) => None,
        };
        if let Some((code, words)) = objection {
            let ts = world.slackbot_tells(&room.id, &self.id, &words);
            let message = message_at(world, &room.id, &ts);
            return Err(Box::new(Answer {
                message,
                error: Some(code.into()),
                problems: Vec::new(),
            }));
        }
        let url = ResponseUrl {
            channel: room.id.clone(),
            user: self.id.clone(),
            thread_ts: None,
            source_ts: None,
            made_ms: world.now_ms,
            uses: 0,
        };
        let channel_name = match room.kind {
            Kind::Public => room.name.as_str(),
            Kind::Private => "privategroup",
            Kind::Im => "directmessage",
        };
        let text = noted(world, text.trim(), Notation::Command);
        let hook = self.stand_in.hook(world, url.clone());
        let trigger = world.new_trigger(&self.id);
        let payload = json!({
            "token": "verification-token",
            "team_id": TEAM,
            "team_domain": TEAM_DOMAIN,
            "channel_id": room.id,
            "channel_name": channel_name,
            "user_id": self.id,
            "user_name": world.handle_of(&self.id),
            "command": command,
            "text": text,
            "api_app_id": APP,
            // Everything in a form is a string.
            "is_enterprise_install": "false",
            "response_url": hook,
            "trigger_id": trigger,
        });
        Ok((payload, url, world.faults.take("commands")))
    }
}

impl StandIn {
    /// A new response URL.
    pub(super) fn hook(&self, world: &mut World, url: ResponseUrl) -> String {
        let id = world.new_response_url(url);
        format!("{}/response/{id}", world.base_url)
    }
}

fn message_at(world: &World, channel: &str, ts: &str) -> Option<Message> {
    world.channel(channel)?.message(ts).cloned()
}

/// Stores the body of a command's answer. Returns its `ts`, or what is wrong with it.
fn answered(
    world: &mut World,
    url: &ResponseUrl,
    heard: &Heard,
) -> Result<Option<String>, Vec<String>> {
    let given = if heard.json {
        serde_json::from_str(&heard.body).map_err(|error| vec![format!("not JSON: {error}")])?
    } else {
        json!({"text": heard.body})
    };
    if given == json!({}) {
        return Ok(None);
    }
    response_url::put(world, url, &given).map_err(|fail| {
        let mut problems = vec![fail.code.clone()];
        problems.extend(fail.reasons());
        problems
    })
}
