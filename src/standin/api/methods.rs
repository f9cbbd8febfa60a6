//! The methods the stand-in knows: arguments, error codes, scopes and speed, as Slack documents them.
//! Lists are words in one string, so that the table stays a table.

use crate::standin::rates::Tier;

/// One method of the Web API. Every list is words with spaces between.
pub struct Method {
    pub name: &'static str,
    pub required: &'static str,
    pub optional: &'static str,
    /// The codes of its own that the stand-in may answer with (besides [`COMMON_ERRORS`]).
    pub errors: &'static str,
    /// One of these must be granted; none: any token will do. Where they differ by kind of conversation, the one that
    /// fits the conversation.
    pub scopes: &'static str,
    pub tier: Tier,
}

impl Method {
    /// Whether the method takes an argument of that name.
    pub fn takes(&self, name: &str) -> bool {
        self.required
            .split_whitespace()
            .chain(self.optional.split_whitespace())
            .any(|known| known == name)
    }

    /// Whether the method may answer with this code.
    pub fn may_say(&self, code: &str) -> bool {
        self.errors
            .split_whitespace()
            .chain(COMMON_ERRORS.iter().copied())
            .any(|known| known == code)
    }
}

/// Codes that any method may answer with.
pub const COMMON_ERRORS: &[&str] = &[
    "not_authed",
    "invalid_auth",
    "not_allowed_token_type",
    "account_inactive",
    "missing_scope",
    "ratelimited",
    "invalid_arguments",
    "invalid_json",
    "json_not_object",
    "invalid_form_data",
    "invalid_post_type",
    "missing_post_type",
    "internal_error",
    "fatal_error",
];

/// The method of that name.
pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

const fn method(
    name: &'static str,
    required: &'static str,
    optional: &'static str,
    errors: &'static str,
    scopes: &'static str,
    tier: Tier,
) -> Method {
    Method {
        name,
        required,
        optional,
        errors,
        scopes,
        tier,
    }
}

/// Every method the stand-in answers: name, required, optional, errors, scopes, tier.
pub const METHODS: &[Method] = &[
    method("api.test", "", "error", "", "", Tier::T4),
    method("auth.test", "", "", "", "", Tier::Special(600)),
    method(
        "apps.connections.open",
        "",
        "",
        "forbidden_team",
        "",
        Tier::T3,
    ),
    method(
        "chat.postMessage",
        "channel",
        "as_user attachments blocks current_draft_last_updated_ts icon_emoji icon_url link_names markdown_text metadata mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media username",
        "cannot_reply_to_message channel_not_found invalid_blocks invalid_blocks_format invalid_metadata_format is_archived markdown_text_conflict message_limit_exceeded metadata_too_large msg_blocks_too_long no_text not_in_channel",
        "chat:write",
        Tier::Special(300),
    ),
    method(
        "chat.update",
        "channel ts",
        "as_user attachments blocks file_ids link_names markdown_text metadata parse reply_broadcast text unfurled_attachments",
        "cant_update_message channel_not_found invalid_blocks invalid_blocks_format invalid_metadata_format is_inactive markdown_text_conflict message_not_found metadata_too_large msg_too_long no_text",
        "chat:write",
        Tier::T3,
    ),
    method(
        "chat.delete",
        "channel ts",
        "as_user",
        "cant_delete_message channel_not_found message_not_found",
        "chat:write",
        Tier::T3,
    ),
    method(
        "chat.postEphemeral",
        "channel user",
        "as_user attachments blocks icon_emoji icon_url link_names markdown_text parse text thread_ts username",
        "cannot_reply_to_message channel_not_found invalid_blocks invalid_blocks_format is_archived markdown_text_conflict msg_too_long no_text not_in_channel user_not_in_channel",
        "chat:write",
        Tier::T4,
    ),
    method(
        "chat.getPermalink",
        "channel message_ts",
        "",
        "channel_not_found message_not_found",
        "",
        Tier::Special(300),
    ),
    method(
        "conversations.create",
        "name",
        "is_private team_id",
        "invalid_name_maxlength invalid_name_punctuation invalid_name_required invalid_name_specials name_taken",
        "channels:manage channels:write groups:write im:write mpim:write",
        Tier::T2,
    ),
    method(
        "conversations.invite",
        "channel users",
        "force",
        "already_in_channel cant_invite cant_invite_self channel_not_found is_archived method_not_supported_for_channel_type no_user not_in_channel user_not_found",
        "channels:manage channels:write.invites groups:write groups:write.invites im:write mpim:write",
        Tier::T3,
    ),
    method(
        "conversations.join",
        "channel",
        "",
        "channel_not_found is_archived method_not_supported_for_channel_type",
        "channels:join",
        Tier::T3,
    ),
    method(
        "conversations.leave",
        "channel",
        "",
        "cant_leave_general channel_not_found is_archived method_not_supported_for_channel_type",
        "channels:manage channels:write groups:write im:write mpim:write",
        Tier::T3,
    ),
    method(
        "conversations.info",
        "channel",
        "include_locale include_num_members",
        "channel_not_found",
        "channels:read groups:read im:read mpim:read",
        Tier::T3,
    ),
    method(
        "conversations.list",
        "",
        "cursor exclude_archived limit team_id types",
        "invalid_cursor invalid_limit invalid_types",
        "channels:read groups:read im:read mpim:read",
        Tier::T2,
    ),
    method(
        "conversations.members",
        "channel",
        "cursor limit",
        "channel_not_found invalid_cursor invalid_limit",
        "channels:read groups:read im:read mpim:read",
        Tier::T4,
    ),
    method(
        "conversations.history",
        "channel",
        "cursor include_all_metadata inclusive latest limit oldest",
        "channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest not_in_channel",
        "channels:history groups:history im:history mpim:history",
        Tier::T3,
    ),
    method(
        "conversations.replies",
        "channel ts",
        "cursor include_all_metadata inclusive latest limit oldest",
        "channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest thread_not_found",
        "channels:history groups:history im:history mpim:history",
        Tier::T3,
    ),
    method(
        "conversations.open",
        "",
        "channel prevent_creation return_im users",
        "channel_not_found method_not_supported_for_channel_type too_many_users user_disabled user_not_found users_list_not_supplied",
        "channels:manage groups:write im:write mpim:write",
        Tier::T3,
    ),
    method(
        "conversations.setTopic",
        "channel topic",
        "",
        "channel_not_found is_archived method_not_supported_for_channel_type not_in_channel too_long",
        "channels:manage channels:write.topic groups:write groups:write.topic im:write im:write.topic mpim:write mpim:write.topic",
        Tier::T2,
    ),
    method(
        "conversations.setPurpose",
        "channel purpose",
        "",
        "channel_not_found is_archived method_not_supported_for_channel_type not_in_channel too_long",
        "channels:manage channels:write.topic groups:write groups:write.topic im:write im:write.topic mpim:write mpim:write.topic",
        Tier::T2,
    ),
    method(
        "conversations.rename",
        "channel name",
        "",
        "channel_not_found invalid_name_maxlength invalid_name_punctuation invalid_name_required invalid_name_specials is_archived method_not_supported_for_channel_type name_taken not_authorized not_in_channel",
        "channels:manage channels:write groups:write im:write mpim:write",
        Tier::T2,
    ),
    method(
        "conversations.archive",
        "channel",
        "",
        "already_archived cant_archive_general channel_not_found method_not_supported_for_channel_type not_in_channel",
        "channels:manage channels:write groups:write im:write mpim:write",
        Tier::T2,
    ),
    method(
        "conversations.unarchive",
        "channel",
        "",
        "channel_not_found method_not_supported_for_channel_type not_archived",
        "channels:manage channels:write groups:write im:write mpim:write",
        Tier::T2,
    ),
    method(
        "users.info",
        "user",
        "include_locale",
        "user_not_found",
        "users:read",
        Tier::T4,
    ),
    method(
        "users.list",
        "",
        "cursor include_locale limit team_id",
        "invalid_cursor limit_required",
        "users:read",
        Tier::T2,
    ),
    method(
        "users.lookupByEmail",
        "email",
        "",
        "users_not_found",
        "users:read.email",
        Tier::T3,
    ),
    method(
        "users.conversations",
        "",
        "cursor exclude_archived limit team_id types user",
        "invalid_cursor invalid_limit invalid_types",
        "channels:read groups:read im:read mpim:read",
        Tier::T3,
    ),
    method(
        "usergroups.list",
        "",
        "include_count include_disabled include_users team_id",
        "",
        "usergroups:read",
        Tier::T2,
    ),
    method(
        "usergroups.users.list",
        "usergroup",
        "include_disabled team_id",
        "no_such_subteam",
        "usergroups:read",
        Tier::T2,
    ),
    method(
        "views.open",
        "view",
        "interactivity_pointer trigger_id",
        "duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id view_too_large",
        "",
        Tier::T4,
    ),
    method(
        "views.update",
        "view",
        "external_id hash view_id",
        "duplicate_external_id hash_conflict not_found view_too_large",
        "",
        Tier::T4,
    ),
    method(
        "views.push",
        "view",
        "interactivity_pointer trigger_id",
        "duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id not_found push_limit_reached view_too_large",
        "",
        Tier::T4,
    ),
    method(
        "views.publish",
        "user_id view",
        "hash",
        "hash_conflict not_enabled view_too_large",
        "",
        Tier::T4,
    ),
    method(
        "pins.add",
        "channel",
        "timestamp",
        "already_pinned bad_timestamp channel_not_found message_not_found no_item_specified not_in_channel not_pinnable",
        "pins:write",
        Tier::T2,
    ),
    method(
        "pins.list",
        "channel",
        "",
        "channel_not_found",
        "pins:read",
        Tier::T2,
    ),
    method(
        "pins.remove",
        "channel",
        "timestamp",
        "bad_timestamp channel_not_found message_not_found no_item_specified no_pin",
        "pins:write",
        Tier::T2,
    ),
    method(
        "reactions.add",
        "channel name timestamp",
        "",
        "already_reacted bad_timestamp channel_not_found invalid_name is_archived message_not_found",
        "reactions:write",
        Tier::T3,
    ),
    method(
        "reactions.get",
        "",
        "channel file file_comment full timestamp",
        "bad_timestamp channel_not_found message_not_found no_item_specified",
        "reactions:read",
        Tier::T3,
    ),
    method(
        "reactions.remove",
        "name",
        "channel file file_comment timestamp",
        "bad_timestamp channel_not_found invalid_name message_not_found no_item_specified no_reaction",
        "reactions:write",
        Tier::T2,
    ),
    method(
        "bookmarks.add",
        "title type",
        "access_level channel_id emoji entity_id link parent_id",
        "channel_not_found invalid_bookmark_type invalid_link permission_denied too_many_bookmarks",
        "bookmarks:write",
        Tier::T2,
    ),
    method(
        "bookmarks.list",
        "",
        "channel_id",
        "channel_not_found",
        "bookmarks:read",
        Tier::T3,
    ),
    method(
        "bookmarks.remove",
        "",
        "bookmark_id channel_id quip_section_id",
        "channel_not_found not_found permission_denied",
        "bookmarks:write",
        Tier::T2,
    ),
    method(
        "team.info",
        "",
        "domain team",
        "team_not_found",
        "team:read",
        Tier::T3,
    ),
    method(
        "bots.info",
        "",
        "bot team_id",
        "bot_not_found",
        "users:read",
        Tier::T3,
    ),
];
