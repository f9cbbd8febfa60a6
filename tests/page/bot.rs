//! The smallest bot that exercises the page: `/incident form` opens a form, anything else is echoed, every click is told.

use std::collections::HashMap;

use axum::extract::State;
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Where the stand-in's Web API is, and how to call it.
#[derive(Clone)]
pub struct Bot {
    api: String,
    token: String,
    http: reqwest::Client,
}

impl Bot {
    /// Starts the bot on a free port and answers its URL; it ends with the test's runtime.
    pub async fn start(stand_in_url: &str, token: &str) -> anyhow::Result<(Self, String)> {
        let bot = Self {
            api: format!("{stand_in_url}/api"),
            token: token.into(),
            http: reqwest::Client::builder().no_proxy().build()?,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .route("/slack/commands", post(command))
            .route("/slack/interactions", post(interaction))
            .route("/slack/events", post(|| async {}))
            .with_state(bot.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((bot, url))
    }

    /// Calls a method and insists on `ok`.
    pub async fn call(&self, method: &str, arguments: Value) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(format!("{}/{method}", self.api))
            .bearer_auth(&self.token);
        let answer: Value = request.json(&arguments).send().await?.json().await?;
        anyhow::ensure!(answer["ok"] == true, "{method}: {answer}");
        Ok(answer)
    }
}

async fn command(
    State(bot): State<Bot>,
    Form(fields): Form<HashMap<String, String>>,
) -> Json<Value> {
    let text = fields.get("text").map(String::as_str).unwrap_or_default();
    if text != "form" {
        return Json(json!({"response_type": "ephemeral", "text": format!("You said *{text}*")}));
    }
    let trigger = fields.get("trigger_id");
    match bot
        .call("views.open", json!({"trigger_id": trigger, "view": form()}))
        .await
    {
        Ok(_) => Json(json!({})),
        Err(error) => Json(json!({"text": format!("No form: {error}")})),
    }
}

async fn interaction(
    State(bot): State<Bot>,
    Form(fields): Form<HashMap<String, String>>,
) -> Json<Value> {
    let payload: Value = fields
        .get("payload")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let person = payload["user"]["id"].as_str().unwrap_or_default();
    let values = &payload["view"]["state"]["values"];
    let title = values["title"]["v"]["value"].as_str().unwrap_or_default();
    let told = match payload["type"].as_str().unwrap_or_default() {
        "view_submission" if title.contains("bad") => {
            return Json(
                json!({"response_action": "errors", "errors": {"title": "Say what is broken"}}),
            );
        }
        "view_submission" => {
            let severity = &values["severity"]["v"]["selected_option"]["value"];
            let owner = &values["owner"]["v"]["selected_user"];
            format!("Filled in: {title} {severity} {owner}")
        }
        _ => {
            let action = &payload["actions"][0];
            let choice = action["selected_option"]["value"]
                .as_str()
                .or(action["value"].as_str());
            format!(
                "<@{person}> chose {} in {}",
                choice.unwrap_or_default(),
                action["action_id"]
            )
        }
    };
    match bot
        .call(
            "chat.postMessage",
            json!({"channel": "C0INCIDENTS", "text": told}),
        )
        .await
    {
        Ok(_) => Json(json!({})),
        // The stand-in shows it as Slack would: a bot that answered with something strange.
        Err(error) => Json(json!({"error": error.to_string()})),
    }
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": true})
}

fn option(text: &str, value: &str) -> Value {
    json!({"text": plain(text), "value": value})
}

fn form() -> Value {
    let severities = [option("P0 Critical", "P0"), option("P1 High", "P1")];
    json!({
        "type": "modal", "callback_id": "form", "title": plain("What broke?"), "submit": plain("Declare"), "close": plain("Cancel"),
        "blocks": [
            {"type": "input", "block_id": "title", "label": plain("Title"), "hint": plain("In a few words"),
                "element": {"type": "plain_text_input", "action_id": "v", "max_length": 100}},
            {"type": "input", "block_id": "severity", "label": plain("Severity"),
                "element": {"type": "static_select", "action_id": "v", "options": severities, "initial_option": severities[1]}},
            {"type": "input", "block_id": "owner", "label": plain("Owner"), "optional": true,
                "element": {"type": "users_select", "action_id": "v"}},
        ],
    })
}

/// A message with everything one can click on.
pub fn card() -> Value {
    json!([
        {"type": "header", "text": plain("INC-2026-001 · Checkout is down")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "Owner: <@U0BOB> · :large_orange_circle: *P1* since <!date^1763650000^{date_num}|then>"}},
        {"type": "actions", "elements": [
            {"type": "button", "text": plain("Acknowledge"), "action_id": "ack", "value": "yes", "style": "primary"},
            {"type": "button", "text": plain("Resolve"), "action_id": "resolve", "value": "done", "style": "danger",
                "confirm": {"title": plain("Resolve it?"), "text": plain("The nag stops."), "confirm": plain("Resolve now"), "deny": plain("Not yet")}},
            {"type": "overflow", "action_id": "more", "options": [option("Add a note", "note"), option("Show the timeline", "timeline")]},
        ]},
    ])
}
