//! Why Slack refused something, and the way out, in one sentence for whoever can mend it.

use super::Ctx;
use super::block::named;
use crate::domain::event::{TOO_MUCH_TO_READ, UNKNOWN_OUTCOME};
use crate::domain::incident::Incident;
use crate::ids::ChannelId;
use crate::say;
use crate::slack::mrkdwn;

/// Whether Slack refuses the message for what is in it.
pub fn is_our_mistake(code: &str) -> bool {
    matches!(
        code,
        "invalid_blocks"
            | "invalid_blocks_format"
            | "invalid_arguments"
            | "msg_blocks_too_long"
            | "msg_too_long"
            | "no_text"
            | "http_400"
            | "http_413"
    )
}

/// What is behind Slack's error `code` and what helps. `channel` is where it happened, if it was a channel.
pub(super) fn remedy(
    code: &str,
    channel: Option<&ChannelId>,
    incident: &Incident,
    ctx: &Ctx,
) -> String {
    let language = ctx.language;
    if code == UNKNOWN_OUTCOME {
        return say!(language, "remedy-unknown-outcome");
    }
    let shown = named(&mrkdwn::fit(code, 80));
    let place = match channel {
        Some(channel) => mrkdwn::channel(channel),
        None => say!(language, "remedy-the-channel"),
    };
    let way_out = match code {
        "not_in_channel" => say!(language, "remedy-not-in-channel", place = place),
        // Where no channel is meant, it is the conversation with a person that is gone.
        "channel_not_found" if channel.is_none() => say!(language, "remedy-person"),
        "channel_not_found" | "no_channel" => {
            say!(language, "remedy-channel-not-found", place = place)
        }
        "is_archived" | "is_inactive" => say!(language, "remedy-archived", place = place),
        "missing_scope" | "no_permission" | "not_allowed_token_type" => {
            say!(language, "remedy-scope")
        }
        "cannot_create_channel"
        | "posting_to_channel_denied"
        | "cant_invite"
        | "edit_window_closed" => {
            say!(language, "remedy-restricted")
        }
        restricted if restricted.starts_with("restricted_action") => {
            say!(language, "remedy-restricted")
        }
        "user_not_found"
        | "user_disabled"
        | "user_not_visible"
        | "user_is_restricted"
        | "ura_max_channels"
        | "invitee_cant_see_channel"
        | "org_user_not_in_team"
        | "no_user" => say!(language, "remedy-person"),
        "messages_tab_disabled" => say!(language, "remedy-messages-tab"),
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            say!(language, "remedy-token")
        }
        ours if is_our_mistake(ours) => {
            say!(language, "remedy-our-mistake", id = incident.id.to_string())
        }
        _ => say!(language, "remedy-unknown"),
    };
    say!(language, "remedy", code = shown, way_out = way_out)
}

/// Why nobody could look whether a message is there, and what helps next time. `code` is Slack's, or
/// [`TOO_MUCH_TO_READ`].
pub(super) fn unread(
    code: &str,
    channel: Option<&ChannelId>,
    incident: &Incident,
    ctx: &Ctx,
) -> String {
    let why = match code {
        TOO_MUCH_TO_READ => say!(ctx.language, "remedy-too-much-to-read"),
        code => remedy(code, channel, incident, ctx),
    };
    say!(ctx.language, "remedy-unread", why = why)
}
