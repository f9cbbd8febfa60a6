//! Reads: which incident is meant, and what people ask about it.

use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::ids::{ChannelId, IncidentId, MessageTs, TeamId, UserId};
use crate::slack::parse::IncidentRef;
use crate::store::{ListFilter, Saved};

/// How many incidents a choice or a list names.
pub const LIST_MAX: u32 = 20;

/// Who asks, and where.
#[derive(Clone, Debug)]
pub struct Asker {
    pub team: TeamId,
    pub user: UserId,
    pub channel: ChannelId,
    /// Only a mention can come from a thread.
    pub thread: Option<MessageTs>,
}

impl App {
    /// The incident that somebody means: the one they name, else the one whose channel or thread they are in, else
    /// the only open one they have to do with.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn which(
        &self,
        asker: &Asker,
        named: Option<IncidentRef>,
    ) -> anyhow::Result<Result<Saved, Refusal>> {
        if let Some(named) = named {
            let (found, given) = match named {
                IncidentRef::Id(id) => {
                    (self.store.incident(&asker.team, &id).await?, id.to_string())
                }
                IncidentRef::Number(number) => (
                    self.store.incident_by_number(&asker.team, number).await?,
                    number.to_string(),
                ),
            };
            return Ok(found.ok_or(Refusal::UnknownIncident { given }));
        }
        if let Some(saved) = self.incident_here(asker).await? {
            return Ok(Ok(saved));
        }
        let mut mine = self
            .store
            .list(
                &asker.team,
                ListFilter::OwnedBy(asker.user.clone()),
                LIST_MAX,
            )
            .await?;
        if let ([_], []) = (&mine.incidents[..], &mine.unreadable[..]) {
            return Ok(mine.incidents.pop().ok_or(Refusal::NoIncidentHere));
        }
        if mine.incidents.is_empty() {
            mine = self
                .store
                .list(&asker.team, ListFilter::Open, LIST_MAX)
                .await?;
        }
        Ok(Err(if mine.incidents.is_empty() {
            Refusal::NoIncidentHere
        } else {
            Refusal::WhichIncident {
                choices: mine.incidents.iter().map(choice).collect(),
            }
        }))
    }

    /// The incident whose channel or thread this is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn incident_here(&self, asker: &Asker) -> anyhow::Result<Option<Saved>> {
        if let Some(thread) = &asker.thread
            && let Some(saved) = self
                .store
                .incident_by_card_thread(&asker.team, &asker.channel, thread)
                .await?
        {
            return Ok(Some(saved));
        }
        self.store
            .incident_by_channel(&asker.team, &asker.channel)
            .await
    }
}

fn choice(saved: &Saved) -> (IncidentId, String) {
    (saved.incident.id, saved.incident.title.clone())
}
