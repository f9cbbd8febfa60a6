//! Who is who in the workspace: which language a person reads, what they are called, who left, who is in a usergroup.
//!
//! The rule: this is a memory of Slack's answers and never a reason to wait. Rules and words read it without IO; it is
//! filled by [`People::refresh`] in the background and by events, and what it does not know has a default.
//!
//! Bounded: at most 100,000 people, about 20 MB. Those beyond are asked for each time and not remembered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::client::{CallError, SlackClient};
use super::inbound::{Event, GroupMembers, UserProfile};
use super::outcome::{INVALID_CURSOR, is_final};
use crate::domain::rules::{Directory, Language};
use crate::ids::{GroupId, UserId};

const PEOPLE_MAX: usize = 100_000;
/// `users.list` may be called 20 times a minute; the rest of a large workspace waits for the next turn.
const PAGES_PER_TURN: usize = 10;

/// What is known of the workspace's people. Shared; every method takes a moment at most, but those that say otherwise.
pub struct People {
    otherwise: Language,
    /// Named in the configuration: they are looked for, and one that Slack does not list has left.
    named: BTreeSet<UserId>,
    watched: BTreeSet<GroupId>,
    known: RwLock<Known>,
    /// The last usergroup that was read in this pass; those before it were, too.
    groups_read: tokio::sync::Mutex<Option<GroupId>>,
    /// Where the next page of everybody begins.
    cursor: tokio::sync::Mutex<Option<String>>,
}

#[derive(Default)]
struct Known {
    people: HashMap<UserId, Person>,
    groups: BTreeMap<GroupId, Vec<UserId>>,
    /// Every page of `users.list` was read once.
    complete: bool,
    /// Made on demand, dropped by every change.
    directory: Option<Arc<Directory>>,
}

struct Person {
    name: String,
    /// `None`: Slack tells none, or one that we do not speak.
    language: Option<Language>,
    deleted: bool,
}

impl People {
    /// Knows nobody yet. `otherwise` is spoken to people whose language is unknown; `users` and `groups` are those the
    /// configuration names.
    pub fn new(
        otherwise: Language,
        users: impl IntoIterator<Item = UserId>,
        groups: impl IntoIterator<Item = GroupId>,
    ) -> Self {
        Self {
            otherwise,
            named: users.into_iter().collect(),
            watched: groups.into_iter().collect(),
            known: RwLock::default(),
            groups_read: tokio::sync::Mutex::default(),
            cursor: tokio::sync::Mutex::default(),
        }
    }

    /// One bounded step of reading everybody. `true` when a pass is complete; otherwise the next call goes on where this
    /// one stopped, also after an error.
    ///
    /// # Errors
    /// When Slack does not answer or asks to wait; what was read before is kept.
    pub async fn refresh(&self, client: &SlackClient) -> Result<bool, CallError> {
        let mut cursor = self.cursor.lock().await;
        for _ in 0..PAGES_PER_TURN {
            let page = match client.people(cursor.as_deref()).await {
                Err(error) if error.is_refusal(INVALID_CURSOR) => {
                    *cursor = None;
                    return Err(error);
                }
                page => page?,
            };
            let last = page.next.is_none();
            self.learn(|known| {
                page.items
                    .iter()
                    .for_each(|profile| known.remember(profile));
                known.complete |= last;
            });
            *cursor = page.next;
            if last {
                for user in self.missing() {
                    tracing::warn!(%user, "balefire.toml names somebody who is not in this workspace or has left; the next one named takes their place, mend it there");
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the watched groups. The next call begins anew, and after an error it goes on where this one stopped:
    /// `usergroups.users.list` may be called 20 times a minute, and were the first ones asked about again after a pause,
    /// the others' turn would never come.
    ///
    /// # Errors
    /// When Slack does not answer or asks to wait; what was read before is kept.
    pub async fn refresh_groups(&self, client: &SlackClient) -> Result<(), CallError> {
        let mut read = self.groups_read.lock().await;
        let before = read.clone();
        let unread = self
            .watched
            .iter()
            .filter(|group| Some(*group) > before.as_ref());
        for group in unread {
            let members = match client.group_members(group).await {
                Ok(members) => members,
                // Nobody would be asked to own anything if a Slack that is busy were taken for an empty group.
                Err(error) if is_final("usergroups.users.list", &error) => {
                    // Said when it begins, and not every three minutes.
                    if self.members(group).is_none_or(|known| !known.is_empty()) {
                        tracing::warn!(%group, %error, "Slack does not tell who is in this usergroup of the configuration");
                    }
                    vec![]
                }
                Err(error) => return Err(error),
            };
            self.learn(|known| {
                known.groups.insert(group.clone(), members);
            });
            *read = Some(group.clone());
        }
        *read = None;
        Ok(())
    }

    /// One of the watched groups has changed, perhaps one that was read already.
    pub async fn read_groups_anew(&self) {
        *self.groups_read.lock().await = None;
    }

    fn members(&self, group: &GroupId) -> Option<Vec<UserId>> {
        self.read().groups.get(group).cloned()
    }

    /// The language of somebody who is known; `None` when nothing is known of them.
    pub fn locale(&self, user: &UserId) -> Option<Language> {
        let known = self.read();
        let person = known.people.get(user)?;
        Some(person.language.unwrap_or(self.otherwise))
    }

    /// The language to speak to somebody, known or not.
    pub fn language(&self, user: &UserId) -> Language {
        self.locale(user).unwrap_or(self.otherwise)
    }

    /// The language of somebody, asked of Slack when it is not known. Takes `deadline` at most, and then the default.
    pub async fn locale_of(
        &self,
        client: &SlackClient,
        user: &UserId,
        deadline: Duration,
    ) -> Language {
        if let Some(language) = self.locale(user) {
            return language;
        }
        match tokio::time::timeout(deadline, client.person(user)).await {
            Ok(Ok(profile)) => {
                self.learn(|known| known.remember(&profile));
                language_of(&profile).unwrap_or(self.otherwise)
            }
            Ok(Err(error)) => {
                tracing::debug!(%user, %error, "the language of a person is not known");
                self.otherwise
            }
            Err(_) => self.otherwise,
        }
    }

    /// The language for whoever is not known.
    pub fn otherwise(&self) -> Language {
        self.otherwise
    }

    /// How others see somebody, where known. Not escaped.
    pub fn name(&self, user: &UserId) -> Option<String> {
        let known = self.read();
        Some(known.people.get(user)?.name.clone()).filter(|name| !name.is_empty())
    }

    /// Takes over what an event tells. `true`: it does not tell enough, and
    /// [`People::refresh_groups`] should run soon.
    pub fn apply(&self, event: &Event) -> bool {
        match event {
            Event::UserChanged(profile) => {
                self.learn(|known| known.remember(profile));
                false
            }
            Event::GroupChanged { id, members } if self.watched.contains(id) => {
                self.learn(|known| match members {
                    GroupMembers::All(members) => {
                        known.groups.insert(id.clone(), members.clone());
                        false
                    }
                    GroupMembers::Changed { added, removed } => {
                        let Some(members) = known.groups.get_mut(id) else {
                            return true;
                        };
                        members
                            .retain(|member| !removed.contains(member) && !added.contains(member));
                        members.extend(added.iter().cloned());
                        false
                    }
                    GroupMembers::Untold => true,
                })
            }
            _ => false,
        }
    }

    /// A snapshot for the rules. Cheap while nothing changes.
    pub fn directory(&self) -> Arc<Directory> {
        if let Some(directory) = &self.read().directory {
            return Arc::clone(directory);
        }
        let mut known = self.write();
        let directory = Arc::new(known.directory(&self.named));
        known.directory = Some(Arc::clone(&directory));
        directory
    }

    /// Whom the configuration names although they are not in the workspace, or no longer.
    pub fn missing(&self) -> Vec<UserId> {
        let directory = self.directory();
        let gone = self.named.intersection(&directory.departed);
        gone.cloned().collect()
    }

    fn learn<T>(&self, learn: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.write();
        known.directory = None;
        learn(&mut known)
    }

    // A panic while holding the lock leaves a memory that is at worst old; refusing to read it would be worse.
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn remember(&mut self, profile: &UserProfile) {
        let full = self.people.len() >= PEOPLE_MAX;
        if full && !self.people.contains_key(&profile.user) {
            return;
        }
        let person = Person {
            name: profile.name.clone(),
            language: language_of(profile),
            deleted: profile.deleted,
        };
        match self.people.get_mut(&profile.user) {
            // Events may leave the locale out; that does not change it.
            Some(known) if profile.locale.is_none() => {
                *known = Person {
                    language: known.language,
                    ..person
                };
            }
            Some(known) => *known = person,
            None => {
                self.people.insert(profile.user.clone(), person);
            }
        }
    }

    fn directory(&self, named: &BTreeSet<UserId>) -> Directory {
        let deleted = self.people.iter().filter(|(_, person)| person.deleted);
        let whole = self.complete && self.people.len() < PEOPLE_MAX;
        let never_seen = named
            .iter()
            .filter(|user| whole && !self.people.contains_key(*user));
        Directory {
            departed: deleted
                .map(|(user, _)| user)
                .chain(never_seen)
                .cloned()
                .collect(),
            groups: self.groups.clone(),
        }
    }
}

fn language_of(profile: &UserProfile) -> Option<Language> {
    Language::of_locale(profile.locale.as_deref()?)
}

#[cfg(test)]
mod tests;
