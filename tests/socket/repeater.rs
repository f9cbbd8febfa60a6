//! Between Slack and the bot, where every envelope comes twice: what acknowledges it the first time is lost on the way,
//! and Slack says the same once more.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{accept_hdr_async, connect_async};

/// An envelope, and the payload of each acknowledgement; null when it has none.
#[derive(Clone, Debug)]
pub struct Repeated {
    pub envelope: Value,
    pub answers: Vec<Value>,
}

type Repeats = Arc<Mutex<Vec<Repeated>>>;

pub struct Repeater {
    /// What Slack is to call its own address when it is asked for a socket.
    pub url: String,
    repeats: Repeats,
    task: JoinHandle<()>,
}

impl Drop for Repeater {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Repeater {
    /// For one socket to the Slack at this address.
    pub async fn before(slack_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let repeats = Repeats::default();
        let slack_url = slack_url.replacen("http", "ws", 1);
        let kept = Arc::clone(&repeats);
        let task = tokio::spawn(async move {
            let (bot, _) = listener.accept().await.unwrap();
            relay(bot, &slack_url, &kept).await;
        });
        Self { url, repeats, task }
    }

    /// What came twice since the last look.
    pub fn repeated(&self) -> Vec<Repeated> {
        std::mem::take(&mut *self.repeats.lock().unwrap())
    }
}

async fn relay(bot: TcpStream, slack_url: &str, repeats: &Repeats) {
    let mut path = String::new();
    #[allow(
        clippy::result_large_err,
        reason = "the library's own, and never made here"
    )]
    let asked = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        path = request.uri().to_string();
        Ok(response)
    };
    let mut bot = accept_hdr_async(bot, asked).await.unwrap();
    let (mut slack, _) = connect_async(format!("{slack_url}{path}")).await.unwrap();
    loop {
        tokio::select! {
            said = slack.next() => match said {
                Some(Ok(Message::Text(text))) => {
                    let envelope: Value = serde_json::from_str(&text).unwrap();
                    if envelope["envelope_id"].is_string() {
                        let answers = vec![];
                        repeats.lock().unwrap().push(Repeated { envelope, answers });
                    }
                    bot.send(Message::Text(text)).await.unwrap();
                }
                Some(Ok(_)) => {}
                None | Some(Err(_)) => break,
            },
            said = bot.next() => match said {
                Some(Ok(Message::Text(text))) => match again(repeats, &text) {
                    Some(again) => bot.send(Message::text(again.to_string())).await.unwrap(),
                    None => slack.send(Message::Text(text)).await.unwrap(),
                },
                Some(Ok(_)) => {}
                None | Some(Err(_)) => break,
            },
        }
    }
}

/// The envelope once more, if this is its first acknowledgement.
fn again(repeats: &Repeats, acknowledgement: &str) -> Option<Value> {
    let given: Value = serde_json::from_str(acknowledgement).unwrap();
    let mut repeats = repeats.lock().unwrap();
    let acknowledged = |one: &&mut Repeated| one.envelope["envelope_id"] == given["envelope_id"];
    let repeated = repeats.iter_mut().rev().find(acknowledged).unwrap();
    repeated.answers.push(given["payload"].clone());
    let first = repeated.answers.len() == 1;
    first.then(|| {
        let mut envelope = repeated.envelope.clone();
        envelope["retry_attempt"] = json!(1);
        envelope["retry_reason"] = json!("timeout");
        envelope
    })
}
