//! Buttons, and the forms they open. Slack shows nothing of what we answer to a click, so whatever there is to say
//! goes by the outbox to the click's `response_url`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::timeout;
use uuid::Uuid;

use crate::app::ask::Asker;
use crate::app::commands::{self, with_ctx};
use crate::app::door::{self, Handled, Once, retried};
use crate::app::{App, forms};
use crate::clock::Time;
use crate::domain::command::{Command, Declaration};
use crate::domain::incident::{Actor, MessageRef, Stamp};
use crate::domain::refusal::Refusal;
use crate::domain::rules::Language;
use crate::ids::{ChannelId, IncidentId, UserId};
use crate::slack::actions::{self, Pressed, Submitted};
use crate::slack::inbound::{Answer, Click, Submission};
use crate::slack::parse::{IncidentRef, Question};
use crate::slack::render::form::{self, FormKind};
use crate::slack::render::{self, Message, refusal, reply};
use crate::store::{AnswerUrl, Conflict, Lane, Report, ReportKey, ReportState, Task, WriteTx};

/// How long a form waits for what it might show.
const KNOWN_WITHIN: Duration = Duration::from_millis(500);

/// Somebody clicked.
///
/// # Errors
/// When the store fails: nothing was recorded then.
pub async fn clicked(app: &Arc<App>, click: Click) -> anyhow::Result<Answer> {
    let by = Actor::Person(click.user.clone());
    let pressed = actions::pressed(&click);
    let message_ts = click.message_ts.as_ref();
    // A question is answered once: its button may look failed although what it asks for was done.
    let pressed_at = match pressed {
        Pressed::Again(_) if message_ts.is_some() => "",
        _ => &click.action_ts,
    };
    let once = Once::delivery(format!(
        "click {} {} {pressed_at} {}",
        click.user,
        click.action_id,
        message_ts.map_or("", |ts| ts.as_str())
    ));
    let asker = Asker {
        team: click.team.clone(),
        user: click.user.clone(),
        channel: click.channel.clone().unwrap_or_else(|| ChannelId::new("")),
        thread: click.thread_ts.clone(),
    };
    let language = app.language_of(&click.user).await;
    let said = match pressed {
        Pressed::Ignored => None,
        Pressed::Command(incident, command) => {
            let order = door::Order {
                team: click.team.clone(),
                incident,
                by,
                command,
            };
            match app.handle(&once, &order).await? {
                // Nobody sees what it did.
                done @ Handled::Done(_) if app.unheard().is_some() => {
                    Some(commands::told(app, &done, "", false, language))
                }
                // Everybody sees what it did; only the person who came too late needs words.
                Handled::Done(_) | Handled::Repeat | Handled::TypedBefore(_) => None,
                Handled::Refused(reason) => Some(refusal::message(&reason, language, app.rules())),
            }
        }
        Pressed::Open(kind, incident, prefill) => {
            let mut prefill = prefill;
            // A draft's text is too long for a button to carry.
            if let (FormKind::EditDraft, Some(id), Some((number, _))) =
                (kind, incident, prefill.draft)
            {
                let saved = app.store.incident(&click.team, &id).await?;
                match saved
                    .as_ref()
                    .and_then(|saved| saved.incident.draft(number))
                {
                    Some(draft) if draft.is_open() => {
                        prefill.text = Some(draft.text.clone());
                        prefill.draft = Some((number, draft.revision));
                    }
                    draft => {
                        let reason = draft
                            .and_then(Refusal::of_draft)
                            .unwrap_or(Refusal::UnknownDraft { number });
                        let message = refusal::message(&reason, language, app.rules());
                        return tell(app, &click, message).await;
                    }
                }
            }
            // Nor has a menu room for texts. Left empty, they stay as they are, so the form need not wait for them.
            if let (FormKind::Impact, Some(id)) = (kind, incident) {
                let reading = app.store.incident(&click.team, &id);
                if let Ok(Ok(Some(saved))) = timeout(KNOWN_WITHIN, reading).await {
                    prefill = commands::known(&saved.incident, kind, prefill);
                }
            }
            let request = form::Request {
                kind,
                incident,
                channel: &asker.channel,
                prefill: &prefill,
            };
            let view = form::form(&request, language, app.rules());
            match forms::open(app, &click.trigger_id, &view).await {
                true => None,
                false => Some(reply::form_did_not_open(kind, language)),
            }
        }
        Pressed::Ask(incident) => {
            let question = Question::Timeline(Some(IncidentRef::Id(incident)));
            Some(commands::answer(app, &asker, &question, "", language).await?)
        }
        Pressed::Again(text) => {
            commands::carry_out(app, &asker, &text, &once, Some(&click.trigger_id)).await?
        }
        Pressed::DeclareReport(at) => {
            declare_report(app, &click, &report_key(&click, at), language).await?
        }
        Pressed::DismissReport(at) => {
            dismiss_report(app, &click, &report_key(&click, at), language).await?
        }
    };
    match said {
        Some(message) => tell(app, &click, commands::warned(app, message, language)).await,
        None => Ok(Answer::Empty),
    }
}

/// Says something to the person who clicked, and to nobody else.
async fn tell(app: &App, click: &Click, message: Message) -> anyhow::Result<Answer> {
    if let Some(url) = &click.response_url {
        let task = Task::Answer {
            url: AnswerUrl::new(url.as_str()),
            user: click.user.clone(),
            body: message.ephemeral(),
        };
        enqueue(app, click, &Lane::answer(Uuid::now_v7()), task).await?;
    }
    Ok(Answer::Empty)
}

async fn enqueue(app: &App, click: &Click, lane: &Lane, task: Task) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.enqueue(&click.team, lane, None, &[task], now)?;
    tx.commit().await?;
    app.bells.ring();
    Ok(())
}

async fn declare_report(
    app: &App,
    click: &Click,
    key: &ReportKey,
    language: Language,
) -> anyhow::Result<Option<Message>> {
    retried!(app, try_declare_report(app, click, key, language))
}

async fn try_declare_report(
    app: &App,
    click: &Click,
    key: &ReportKey,
    language: Language,
) -> anyhow::Result<Option<Message>> {
    let by = Actor::Person(click.user.clone());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let report = match open_report(&mut tx, key).await? {
        Ok(report) => report,
        Err(reason) => {
            tx.forget().await?;
            return Ok(Some(refusal::message(&reason, language, app.rules())));
        }
    };
    let declaration = Declaration {
        title: report.title_guess,
        severity: Some(report.severity_guess.to_string()),
        ..Declaration::default()
    };
    let done = match app
        .declare_in(&mut tx, &click.team, &by, &declaration, now)
        .await?
    {
        Ok(done) => done,
        Err(reason) => {
            tx.forget().await?;
            return Ok(Some(refusal::message(&reason, language, app.rules())));
        }
    };
    let state = ReportState::Declared {
        by: click.user.clone(),
        at: now,
        incident: done.incident.id,
    };
    settle(&mut tx, key, &state).await?;
    let message = with_ctx(app, app.rules().language, |ctx| {
        render::report_declared(
            &Stamp {
                by: by.clone(),
                at: now,
            },
            done.incident.id,
            None,
            ctx,
        )
    });
    settle_offer(&mut tx, click, message, now)?;
    tx.commit().await?;
    app.watch(&done.incident);
    Ok(None)
}

async fn dismiss_report(
    app: &App,
    click: &Click,
    key: &ReportKey,
    language: Language,
) -> anyhow::Result<Option<Message>> {
    retried!(app, try_dismiss_report(app, click, key, language))
}

async fn try_dismiss_report(
    app: &App,
    click: &Click,
    key: &ReportKey,
    language: Language,
) -> anyhow::Result<Option<Message>> {
    let by = Actor::Person(click.user.clone());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if let Err(reason) = open_report(&mut tx, key).await? {
        tx.forget().await?;
        return Ok(Some(refusal::message(&reason, language, app.rules())));
    }
    let state = ReportState::Dismissed {
        by: click.user.clone(),
        at: now,
    };
    settle(&mut tx, key, &state).await?;
    let message = with_ctx(app, app.rules().language, |ctx| {
        render::report_dismissed(
            &Stamp {
                by: by.clone(),
                at: now,
            },
            ctx,
        )
    });
    settle_offer(&mut tx, click, message, now)?;
    tx.commit().await?;
    Ok(None)
}

/// Settles the report. Where writers do not take turns, two may have found it open at once: the second begins anew,
/// and hears who was first.
async fn settle(tx: &mut WriteTx, key: &ReportKey, state: &ReportState) -> anyhow::Result<()> {
    match tx.settle_report(key, state).await? {
        true => Ok(()),
        false => Err(Conflict::while_we("settled a report").into()),
    }
}

fn report_key(click: &Click, at: MessageRef) -> ReportKey {
    ReportKey {
        team: click.team.clone(),
        channel: at.channel,
        ts: at.ts,
    }
}

/// The report that the buttons are about, if nobody has dealt with it yet.
async fn open_report(tx: &mut WriteTx, key: &ReportKey) -> anyhow::Result<Result<Report, Refusal>> {
    let Some(report) = tx.report(key).await? else {
        return Ok(Err(Refusal::UnknownReport));
    };
    let stamp = |by: &UserId, at: Time| Stamp {
        by: Actor::Person(by.clone()),
        at,
    };
    Ok(match &report.state {
        ReportState::Offered => Ok(report),
        ReportState::Declared { by, at, incident } => Err(Refusal::AlreadyDeclared {
            stamp: stamp(by, *at),
            incident: *incident,
        }),
        ReportState::Dismissed { by, at } => Err(Refusal::AlreadyDismissed(stamp(by, *at))),
    })
}

/// Puts what became of the report in the place of the offer and its buttons.
fn settle_offer(
    tx: &mut WriteTx,
    click: &Click,
    message: Message,
    now: Time,
) -> anyhow::Result<()> {
    let (Some(channel), Some(ts)) = (&click.channel, &click.message_ts) else {
        return Ok(());
    };
    let task = Task::Update {
        channel: channel.clone(),
        ts: ts.clone(),
        body: message.body(),
    };
    tx.enqueue(
        &click.team,
        &Lane::channel(&click.team, channel),
        None,
        &[task],
        now,
    )
}

/// Somebody submitted a form. What is wrong with it is shown beside the field; the form stays open then, and what
/// was written in it.
///
/// # Errors
/// When the store fails: nothing was recorded then, but for what [`PartlyKept`] says.
pub async fn submitted(app: &Arc<App>, submission: Submission) -> anyhow::Result<Answer> {
    let by = Actor::Person(submission.user.clone());
    let language = app.language_of(&submission.user).await;
    let once = Once::form(format!(
        "view {} {}",
        submission.view_id,
        submission.hash.as_deref().unwrap_or("")
    ));
    let handled = match actions::submitted(&submission) {
        Ok(Submitted::Nothing) => return Ok(Answer::Empty),
        Ok(Submitted::Declare(declaration)) => {
            let once = once.declaration(&declaration);
            app.declare(&once, &submission.team, &by, &declaration)
                .await?
        }
        Ok(Submitted::Commands(incident, commands)) => {
            return each(app, &submission, &once, incident, commands, language).await;
        }
        Err(reason) => Handled::Refused(reason),
    };
    Ok(match handled {
        Handled::Refused(reason) => field_error(app, &submission, &reason, language),
        Handled::Done(_) | Handled::Repeat | Handled::TypedBefore(_) => Answer::Empty,
    })
}

/// A form may stand for several orders (impact and expected recovery, say). The first one that is refused keeps the
/// form open; those before it are done, and submitting again does them no second time.
async fn each(
    app: &App,
    submission: &Submission,
    once: &Once,
    incident: IncidentId,
    commands: Vec<Command>,
    language: Language,
) -> anyhow::Result<Answer> {
    for (nth, command) in commands.into_iter().enumerate() {
        let once = once.command(&command);
        let by = Actor::Person(submission.user.clone());
        let order = door::Order {
            team: submission.team.clone(),
            incident,
            by,
            command,
        };
        let handled = app.handle(&once, &order).await;
        let handled = match nth {
            0 => handled?,
            _ => handled.context(PartlyKept)?,
        };
        if let Handled::Refused(reason) = handled {
            return Ok(field_error(app, submission, &reason, language));
        }
    }
    Ok(Answer::Empty)
}

/// A form stood for several orders, and the database failed when the first of them was kept.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a part of the form was kept before this")]
pub struct PartlyKept;

impl PartlyKept {
    /// Whether that is so of what failed.
    pub fn goes_with(error: &anyhow::Error) -> bool {
        error.downcast_ref::<PartlyKept>().is_some()
    }
}

fn field_error(app: &App, submission: &Submission, reason: &Refusal, language: Language) -> Answer {
    Answer::Json(refusal::field_error(
        reason,
        submission,
        language,
        app.rules(),
    ))
}
