//! tmp
use crate::clock::Time;
use crate::domain::event::Entry;
use crate::domain::incident::Incident;
use crate::domain::ledger::Row;
use crate::domain::rules::Language;
use crate::ids::UserId;
use crate::slack::inbound::{Answer, Submission};
use crate::slack::parse::{FormKind, ListFilter};
use crate::slack::render::{Ctx, Message};
use serde_json::{Value, json};
fn m(t: String) -> Message {
    Message {
        text: t.clone(),
        blocks: json!([{"type":"section","text":{"type":"mrkdwn","text":t.chars().take(2900).collect::<String>()}}]),
    }
}
pub fn done(e: &[Entry], i: &Incident, _c: &Ctx) -> Message {
    m(format!("{} done {}", i.id, e.len()))
}
pub fn list(i: &[Incident], _l: ListFilter, _c: &Ctx) -> Message {
    m(format!("{} incidents", i.len()))
}
pub fn home(i: &[Incident], _u: &UserId, _c: &Ctx) -> Message {
    m(format!("{} incidents", i.len()))
}
pub fn show(i: &Incident, _c: &Ctx) -> Message {
    m(i.title.clone())
}
pub fn timeline(e: &[Entry], _i: &Incident, _c: &Ctx) -> Message {
    m(format!("{} entries", e.len()))
}
pub fn why(r: &[Row], _i: &Incident, _c: &Ctx) -> Message {
    m(format!("{} rows", r.len()))
}
pub fn help(_v: Option<&'static str>, _l: Language) -> Message {
    m("help".into())
}
pub fn typed_before(t: &str, _at: Time, _l: Language) -> Message {
    m(format!("typed before {}", t.len()))
}
pub fn repeat(_l: Language) -> Message {
    m("repeat".into())
}
pub fn form_did_not_open(_k: FormKind, _l: Language) -> Message {
    m("form did not open".into())
}
pub fn not_recorded(_l: Language) -> String {
    "not recorded".into()
}
pub fn form_not_recorded(_s: &Submission, _l: Language) -> Answer {
    Answer::Json(Value::Null)
}
