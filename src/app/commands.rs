//! `/incident`, and the same words after a mention.

use std::sync::Arc;

use crate::app::ask::{Asker, LIST_MAX};
use crate::app::door::{self, Done, Handled, Once, Typed};
use crate::app::{App, forms};
use crate::domain::command::Command;
use crate::domain::incident::{Actor, Incident};
use crate::domain::ledger::ledger;
use crate::domain::refusal::Refusal;
use crate::domain::rules::Language;
use crate::ids::IncidentId;
use crate::slack::inbound::{Answer, SlashCommand, Ticket};
use crate::slack::parse::{
    self, IncidentRef, ListFilter as Listed, Order, Prefill, Question, Request,
};
use crate::slack::render::form::{self, FormKind};
use crate::slack::render::{Ctx, Message, refusal, reply};
use crate::store::{ListFilter, Saved};

/// How many of a person's open incidents `/incident` shows.
const HOME_MAX: u32 = 20;

/// A slash command.
///
/// # Errors
/// When the store fails: nothing was recorded then.
pub async fn typed(app: &Arc<App>, command: SlashCommand) -> anyhow::Result<Answer> {
    let asker = Asker {
        team: command.team,
        user: command.user,
        channel: command.channel,
        thread: None,
    };
    let once = Once {
        key: Some(format!("trigger {}", command.trigger_id.as_str()))
            .filter(|_| !command.trigger_id.as_str().is_empty()),
        typed: Some(Typed {
            user: asker.user.clone(),
            channel: asker.channel.clone(),
            thread: None,
            text: command.text.clone(),
            waited: command.waited,
        }),
        refused_for_good: true,
        ..Once::default()
    };
    let said = carry_out(app, &asker, &command.text, &once, Some(&command.trigger_id)).await?;
    Ok(said.map_or(Answer::Empty, |message| {
        let language = app.people.language(&asker.user);
        Answer::Json(warned(app, message, language).ephemeral())
    }))
}

/// Does what `text` asks for. None: a form has opened, which is answer enough.
///
/// # Errors
/// When the store fails: nothing was recorded then.
pub async fn carry_out(
    app: &Arc<App>,
    asker: &Asker,
    text: &str,
    once: &Once,
    trigger: Option<&Ticket>,
) -> anyhow::Result<Option<Message>> {
    let language = app.language_of(&asker.user).await;
    let rules = app.rules();
    let refused = |reason: &Refusal| Ok(Some(refusal::message(reason, language, rules)));
    let by = Actor::Person(asker.user.clone());
    let handled = match parse::parse(text, rules, app.clock.now()) {
        Err(reason) => return refused(&reason),
        Ok(Request::Home) => return home(app, asker, language).await.map(Some),
        Ok(Request::Ask(question)) => {
            return answer(app, asker, &question, text, language)
                .await
                .map(Some);
        }
        Ok(Request::DeclareForm(declaration)) => {
            // Nothing here asks the database: the form must open while the database is away, too.
            let prefill = Prefill::declaration(&declaration);
            let request = form::Request {
                kind: FormKind::Declare,
                incident: None,
                channel: &asker.channel,
                prefill: &prefill,
            };
            return open_form(app, trigger, &request, language).await;
        }
        Ok(Request::Declare(declaration)) => {
            app.declare(once, &asker.team, &by, &declaration).await?
        }
        Ok(Request::On { incident, order }) => {
            let saved = match app.which(asker, incident.map(IncidentRef::Id)).await? {
                Ok(saved) => saved,
                Err(reason) => {
                    let handled = app.turn_away(once, &asker.team, &reason).await?;
                    return match (&handled, &reason) {
                        (Handled::Refused(_), Refusal::WhichIncident { choices }) => {
                            Ok(Some(reply::which(choices, text, language)))
                        }
                        (Handled::Refused(_), reason) => refused(reason),
                        // It may have ended the only incident that could be meant.
                        _ => Ok(Some(told(app, &handled, text, trigger.is_none(), language))),
                    };
                }
            };
            let command = match order {
                Order::Command(command) => command,
                Order::Take(role) => Command::Assign {
                    role,
                    to: asker.user.clone(),
                },
                Order::Form(kind, prefill) => {
                    let prefill = known(&saved.incident, kind, prefill);
                    let request = form::Request {
                        kind,
                        incident: Some(saved.incident.id),
                        channel: &asker.channel,
                        prefill: &prefill,
                    };
                    return open_form(app, trigger, &request, language).await;
                }
            };
            app.handle(
                once,
                &door::Order {
                    team: asker.team.clone(),
                    incident: saved.incident.id,
                    by,
                    command,
                },
            )
            .await?
        }
    };
    Ok(Some(told(app, &handled, text, trigger.is_none(), language)))
}

/// An answer that needs no token may be all that anybody reads.
pub(super) fn warned(app: &App, answer: Message, language: Language) -> Message {
    match app.unheard() {
        Some(unheard) => reply::unheard(answer, &unheard.code, unheard.since, language),
        None => answer,
    }
}

/// What came of an order, for the person who typed it as `text`; in a channel everybody reads it.
pub(super) fn told(
    app: &App,
    handled: &Handled,
    text: &str,
    in_channel: bool,
    language: Language,
) -> Message {
    match handled {
        Handled::Done(done) => confirmation(app, done, language),
        Handled::Refused(reason) => refusal::message(reason, language, app.rules()),
        Handled::TypedBefore(at) if in_channel => reply::said_before(text, *at, language),
        Handled::TypedBefore(at) => reply::typed_before(text, *at, language),
        Handled::Repeat => reply::repeat(language),
    }
}

/// What the form shows that is known of the incident already.
pub(super) fn known(incident: &Incident, kind: FormKind, prefill: Prefill) -> Prefill {
    let mut prefill = prefill;
    prefill.severity = prefill.severity.or_else(|| Some(incident.severity.clone()));
    prefill.impact = prefill.impact.or_else(|| incident.impact.clone());
    if prefill.services.is_empty() {
        prefill.services.clone_from(&incident.services);
    }
    if matches!(kind, FormKind::Eta | FormKind::Impact) && prefill.text.is_none() {
        prefill.text.clone_from(&incident.eta);
    }
    prefill
}

async fn open_form(
    app: &App,
    trigger: Option<&Ticket>,
    request: &form::Request<'_>,
    language: Language,
) -> anyhow::Result<Option<Message>> {
    let Some(trigger) = trigger else {
        let reason = Refusal::NeedsForm {
            verb: request.kind.verb(),
        };
        return Ok(Some(refusal::message(&reason, language, app.rules())));
    };
    let view = form::form(request, language, app.rules());
    Ok(match forms::open(app, trigger, &view).await {
        true => None,
        false => Some(reply::form_did_not_open(request.kind, language)),
    })
}

/// What was done, for the person who did it.
pub fn confirmation(app: &App, done: &Done, language: Language) -> Message {
    with_ctx(app, language, |ctx| {
        reply::done(&done.entries, &done.incident, ctx)
    })
}

async fn home(app: &App, asker: &Asker, language: Language) -> anyhow::Result<Message> {
    let mine = app
        .store
        .list(
            &asker.team,
            ListFilter::OwnedBy(asker.user.clone()),
            HOME_MAX,
        )
        .await?;
    let incidents = incidents(mine.incidents);
    Ok(with_ctx(app, language, |ctx| {
        reply::home(&incidents, &mine.unreadable, &asker.user, ctx)
    }))
}

fn incidents(found: Vec<Saved>) -> Vec<Incident> {
    found.into_iter().map(|saved| saved.incident).collect()
}

/// The answer to a question. `typed` is how it was asked, for naming the way out.
///
/// # Errors
/// When the store fails.
pub async fn answer(
    app: &App,
    asker: &Asker,
    question: &Question,
    typed: &str,
    language: Language,
) -> anyhow::Result<Message> {
    let rules = app.rules();
    let named = match question {
        Question::Help(verb) => return Ok(reply::help(*verb, language)),
        Question::NotThereYet(verb) => {
            return Ok(refusal::message(
                &Refusal::NotThereYet {
                    verb: (*verb).to_owned(),
                },
                language,
                rules,
            ));
        }
        Question::List(listed) => {
            let filter = match listed {
                Listed::Open => ListFilter::Open,
                Listed::Mine => ListFilter::OwnedBy(asker.user.clone()),
                Listed::All => ListFilter::All,
            };
            let found = app.store.list(&asker.team, filter, LIST_MAX).await?;
            let incidents = incidents(found.incidents);
            return Ok(with_ctx(app, language, |ctx| {
                reply::list(&incidents, &found.unreadable, *listed, ctx)
            }));
        }
        Question::Show(named) | Question::Timeline(named) | Question::Why(named) => *named,
    };
    let found = match app.which(asker, named).await? {
        // Whoever only asks can mean nothing but the one that there is.
        Err(Refusal::WhichIncident { choices }) if choices.len() == 1 => {
            let only = choices.first().map(|(id, _)| IncidentRef::Id(*id));
            app.which(asker, only).await?
        }
        found => found,
    };
    let saved = match found {
        Ok(saved) => saved,
        Err(Refusal::WhichIncident { choices }) => {
            return Ok(reply::which(&choices, typed, language));
        }
        Err(reason) => return Ok(refusal::message(&reason, language, rules)),
    };
    let incident = &saved.incident;
    Ok(match question {
        Question::Timeline(_) => timeline(app, asker, &incident.id, incident, language).await?,
        Question::Why(_) => {
            let rows = ledger(
                incident.id,
                &app.store.timeline(&asker.team, &incident.id).await?,
            );
            with_ctx(app, language, |ctx| reply::why(&rows, incident, ctx))
        }
        _ => with_ctx(app, language, |ctx| reply::show(incident, ctx)),
    })
}

async fn timeline(
    app: &App,
    asker: &Asker,
    id: &IncidentId,
    incident: &Incident,
    language: Language,
) -> anyhow::Result<Message> {
    let entries = app.store.timeline(&asker.team, id).await?;
    Ok(with_ctx(app, language, |ctx| {
        reply::timeline(&entries, incident, ctx)
    }))
}

/// Renders for somebody who reads `language` now.
pub fn with_ctx<T>(app: &App, language: Language, render: impl FnOnce(&Ctx) -> T) -> T {
    let workplace = app.workplace();
    // Before Slack has first answered, nothing links to the channel.
    let nowhere = crate::ids::ChannelId::new("");
    render(&Ctx {
        language,
        rules: app.rules(),
        now: app.clock.now(),
        incidents_channel: workplace
            .as_ref()
            .map_or(&nowhere, |place| &place.incidents_channel),
    })
}
