//! From an effect to the call that does it, on the incident as it stands when its turn has come. Pure.

use uuid::Uuid;

use crate::domain::effect::{CardPlace, Effect, Reader};
use crate::domain::incident::{Home, Incident, MessageRef};
use crate::domain::moot::{Moot, moot};
use crate::slack::call::Call;
use crate::slack::render::{self, Ctx, Message};

/// What there is to do for an effect.
#[derive(Debug)]
pub enum Plan {
    Make(Call),
    /// Nothing any more: what it would have changed is gone, or was never there.
    Skip,
    /// Not to be made any more. Only an earlier try of it may have reached Slack, and is to be settled first.
    TooLate(Call, Moot),
}

/// The call for `effect`. `ctx` speaks the language of whoever will read it.
pub fn plan(effect: &Effect, incident: &Incident, outbox_id: Uuid, ctx: &Ctx) -> Plan {
    match (
        call(effect, incident, outbox_id, ctx),
        moot(effect, incident),
    ) {
        (Plan::Make(call), Some(moot)) => Plan::TooLate(call, moot),
        (plan, _) => plan,
    }
}

fn call(effect: &Effect, incident: &Incident, outbox_id: Uuid, ctx: &Ctx) -> Plan {
    match effect {
        // A second card would be left behind by every later refresh.
        Effect::PostCard if incident.card.is_some() => Plan::Skip,
        Effect::PostCard => post_card(incident, outbox_id, ctx),
        Effect::PostHomeCard => match &incident.home {
            Home::Channel(channel) if incident.home_card.is_none() => Plan::Make(Call::Post {
                channel: channel.clone(),
                thread: None,
                message: render::card(incident, CardPlace::Home, ctx),
                outbox_id,
            }),
            _ => Plan::Skip,
        },
        Effect::PinHomeCard => match &incident.home_card {
            Some(at) => Plan::Make(Call::Pin { at: at.clone() }),
            None => Plan::Skip,
        },
        Effect::RefreshCard { at } => {
            let card = match at {
                CardPlace::Incidents => &incident.card,
                CardPlace::Home => &incident.home_card,
            };
            update(card, || render::card(incident, *at, ctx))
        }
        Effect::CreateChannel => match incident.home {
            Home::Opening => Plan::Make(Call::CreateChannel {
                name: incident.channel_name(),
                since: incident.declared_at,
            }),
            _ => Plan::Skip,
        },
        Effect::Invite { user } => match &incident.home {
            Home::Channel(channel) => Plan::Make(Call::Invite {
                channel: channel.clone(),
                user: user.clone(),
            }),
            _ => Plan::Skip,
        },
        Effect::SetTopic => match &incident.home {
            Home::Channel(channel) => Plan::Make(Call::SetTopic {
                channel: channel.clone(),
                topic: render::topic(incident, ctx),
            }),
            _ => Plan::Skip,
        },
        Effect::Tell { to, entry } => {
            let message = render::told(entry, incident, to, ctx);
            match to {
                Reader::Home => at_home(incident, message, outbox_id, ctx),
                Reader::Person(user) => Plan::Make(Call::PostToPerson {
                    user: user.clone(),
                    message,
                    outbox_id,
                }),
            }
        }
        Effect::TellAll { entries } => at_home(
            incident,
            render::told_all(entries, incident, ctx),
            outbox_id,
            ctx,
        ),
        Effect::PostDraft { number } => match incident.draft(*number) {
            Some(draft) if draft.message.is_none() => at_home(
                incident,
                render::draft(draft, incident, ctx),
                outbox_id,
                ctx,
            ),
            _ => Plan::Skip,
        },
        Effect::RefreshDraft { number } => match incident.draft(*number) {
            Some(draft) => update(&draft.message, || render::draft(draft, incident, ctx)),
            None => Plan::Skip,
        },
        Effect::RefreshNag { nag } => {
            update(&nag.message, || render::nag_answered(nag, incident, ctx))
        }
        // What was approved goes out, though its draft may be so old by now that the incident keeps it no more.
        Effect::Publish { channel, text, .. } => Plan::Make(Call::Post {
            channel: channel.clone(),
            thread: None,
            message: render::published(text),
            outbox_id,
        }),
    }
}

fn post_card(incident: &Incident, outbox_id: Uuid, ctx: &Ctx) -> Plan {
    Plan::Make(Call::Post {
        channel: ctx.incidents_channel.clone(),
        thread: None,
        message: render::card(incident, CardPlace::Incidents, ctx),
        outbox_id,
    })
}

fn update(at: &Option<MessageRef>, message: impl FnOnce() -> Message) -> Plan {
    match at {
        Some(at) => Plan::Make(Call::Update {
            at: at.clone(),
            message: message(),
        }),
        None => Plan::Skip,
    }
}

fn at_home(incident: &Incident, message: Message, outbox_id: Uuid, ctx: &Ctx) -> Plan {
    match (&incident.home, &incident.card) {
        (Home::Channel(channel), _) => Plan::Make(Call::Post {
            channel: channel.clone(),
            thread: None,
            message,
            outbox_id,
        }),
        (_, Some(card)) => Plan::Make(Call::Post {
            channel: card.channel.clone(),
            thread: Some(card.ts.clone()),
            message,
            outbox_id,
        }),
        // The card could not be posted: better at top level than not at all.
        (_, None) => Plan::Make(Call::Post {
            channel: ctx.incidents_channel.clone(),
            thread: None,
            message,
            outbox_id,
        }),
    }
}
