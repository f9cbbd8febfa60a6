//! What the bot asks a workspace for. `tests/manifest.rs` holds this list to `manifest.yml`, and that to the code.

/// The bot token's scopes, in the manifest's order.
pub const BOT_SCOPES: [&str; 14] = [
    "app_mentions:read",
    "channels:history",
    "channels:manage",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "pins:write",
    "reactions:read",
    "usergroups:read",
    "users:read",
];

/// With it the bot makes a channel for each incident.
pub const MAKES_CHANNELS: &str = "channels:manage";
