//! A person as Slack describes them, in events and in answers alike.

use serde::Deserialize;

use super::UserProfile;
use super::wire::filled;
use crate::ids::UserId;

#[derive(Deserialize)]
pub(crate) struct WireUser {
    pub(super) id: Option<String>,
    name: Option<String>,
    locale: Option<String>,
    deleted: Option<bool>,
    is_bot: Option<bool>,
    real_name: Option<String>,
    profile: Option<Names>,
}

#[derive(Deserialize)]
struct Names {
    display_name: Option<String>,
    real_name: Option<String>,
}

impl WireUser {
    pub(crate) fn profile(self) -> Option<UserProfile> {
        let (display_name, real_name) = self
            .profile
            .map_or((None, None), |names| (names.display_name, names.real_name));
        let name = [display_name, real_name, self.real_name, self.name];
        Some(UserProfile {
            user: UserId::new(filled(self.id)?),
            locale: filled(self.locale),
            deleted: self.deleted.unwrap_or(false),
            is_bot: self.is_bot.unwrap_or(false),
            name: name.into_iter().find_map(filled).unwrap_or_default(),
        })
    }
}
