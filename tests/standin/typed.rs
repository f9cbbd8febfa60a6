//! Every answer parses with the types the bot uses.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slack_morphism::prelude::*;

use crate::rig::Rig;

fn reads<T: DeserializeOwned>(what: &str, answer: Value) -> T {
    serde_json::from_value(answer.clone())
        .unwrap_or_else(|error| panic!("{what}: {error} in {answer}"))
}

#[tokio::test]
async fn slack_morphism_reads_every_answer() {
    let rig = Rig::start().await;
    let metadata = json!({"event_type": "balefire", "event_payload": {"outbox_id": "1"}});
    let blocks = json!([{"type": "section", "text": {"type": "mrkdwn", "text": "Card"}}]);
    let alice = rig.stand_in.person("U0ALICE");
    alice
        .say(
            "#exec",
            "Hello @bob in #general, see https://example.com & so on",
        )
        .expect("hers");
    let posted = rig
        .ok(
            "chat.postMessage",
            json!({"channel": "C0EXEC", "text": "Card", "blocks": blocks, "metadata": metadata}),
        )
        .await;
    let ts = reads::<SlackApiChatPostMessageResponse>("post", posted)
        .ts
        .0;
    rig.ok(
        "chat.postMessage",
        json!({"channel": "C0EXEC", "text": "Reply", "thread_ts": ts}),
    )
    .await;
    reads::<SlackApiChatUpdateResponse>(
        "update",
        rig.ok(
            "chat.update",
            json!({"channel": "C0EXEC", "ts": ts, "text": "New"}),
        )
        .await,
    );
    rig.ok(
        "reactions.add",
        json!({"channel": "C0EXEC", "timestamp": ts, "name": "eyes"}),
    )
    .await;
    rig.ok("pins.add", json!({"channel": "C0EXEC", "timestamp": ts}))
        .await;
    let at = || json!({"channel": "C0EXEC"});
    let all = || json!({"channel": "C0EXEC", "ts": ts, "include_all_metadata": true});
    let history: SlackApiConversationsHistoryResponse = reads(
        "history",
        rig.ok(
            "conversations.history",
            json!({"channel": "C0EXEC", "include_all_metadata": true}),
        )
        .await,
    );
    let card = history
        .messages
        .iter()
        .find(|message| message.origin.ts.0 == ts)
        .expect("the card is there");
    assert_eq!(
        card.content
            .metadata
            .as_ref()
            .expect("asked for")
            .event_type,
        "balefire"
    );
    assert_eq!(card.parent.reply_count, Some(1));
    let thread: SlackApiConversationsRepliesResponse =
        reads("replies", rig.ok("conversations.replies", all()).await);
    assert_eq!(thread.messages.len(), 2);
    reads::<SlackApiChatGetPermalinkResponse>(
        "permalink",
        rig.ok(
            "chat.getPermalink",
            json!({"channel": "C0EXEC", "message_ts": ts}),
        )
        .await,
    );
    reads::<SlackApiPinsListResponse>("pins", rig.ok("pins.list", at()).await);
    reads::<SlackApiReactionsGetMessageResponse>(
        "reactions",
        rig.ok(
            "reactions.get",
            json!({"channel": "C0EXEC", "timestamp": ts}),
        )
        .await,
    );
    reads::<SlackApiConversationsInfoResponse>("info", rig.ok("conversations.info", at()).await);
    reads::<SlackApiConversationsMembersResponse>(
        "members",
        rig.ok("conversations.members", at()).await,
    );
    let made: SlackApiConversationsCreateResponse = reads(
        "create",
        rig.ok("conversations.create", json!({"name": "inc-1"}))
            .await,
    );
    let room = made.channel.id.0;
    reads::<SlackApiConversationsInviteResponse>(
        "invite",
        rig.ok(
            "conversations.invite",
            json!({"channel": room, "users": "U0BOB,U0ALICE"}),
        )
        .await,
    );
    rig.ok(
        "conversations.setTopic",
        json!({"channel": room, "topic": "Down"}),
    )
    .await;
    rig.ok(
        "conversations.setPurpose",
        json!({"channel": room, "purpose": "Up again"}),
    )
    .await;
    reads::<SlackApiConversationsRenameResponse>(
        "rename",
        rig.ok(
            "conversations.rename",
            json!({"channel": room, "name": "inc-2"}),
        )
        .await,
    );
    reads::<SlackApiConversationsJoinResponse>(
        "join",
        rig.ok("conversations.join", json!({"channel": room})).await,
    );
    reads::<SlackApiConversationsHistoryResponse>(
        "history of lines",
        rig.ok("conversations.history", json!({"channel": room}))
            .await,
    );
    rig.ok("conversations.archive", json!({"channel": room}))
        .await;
    rig.ok("conversations.unarchive", json!({"channel": room}))
        .await;
    reads::<SlackApiConversationsListResponse>(
        "list",
        rig.ok(
            "conversations.list",
            json!({"types": "public_channel,private_channel,im"}),
        )
        .await,
    );
    reads::<SlackApiConversationsOpenResponse<SlackChannelInfo>>(
        "open",
        rig.ok(
            "conversations.open",
            json!({"users": "U0BOB", "return_im": true}),
        )
        .await,
    );
    let people: SlackApiUsersListResponse = reads(
        "people",
        rig.ok("users.list", json!({"include_locale": true})).await,
    );
    assert!(people.members.iter().any(|human| {
        human
            .locale
            .as_ref()
            .is_some_and(|locale| locale.0 == "zh-CN")
    }));
    reads::<SlackApiUsersInfoResponse>(
        "person",
        rig.ok(
            "users.info",
            json!({"user": "U0CHEN", "include_locale": true}),
        )
        .await,
    );
    reads::<SlackApiUserGroupsListResponse>(
        "groups",
        rig.ok("usergroups.list", json!({"include_users": true}))
            .await,
    );
    reads::<SlackApiUserGroupsUsersListResponse>(
        "group",
        rig.ok("usergroups.users.list", json!({"usergroup": "S0PAYMENTS"}))
            .await,
    );
    reads::<SlackApiTeamInfoResponse>("team", rig.ok("team.info", json!({})).await);
    reads::<SlackApiBotsInfoResponse>(
        "bot",
        rig.ok("bots.info", json!({"bot": "B0BALEFIRE"})).await,
    );
    reads::<SlackApiAuthTestResponse>("auth", rig.ok("auth.test", json!({})).await);
    let home = json!({"type": "home", "blocks": blocks});
    reads::<SlackApiViewsPublishResponse>(
        "home",
        rig.ok("views.publish", json!({"user_id": "U0BOB", "view": home}))
            .await,
    );
    rig.stand_in
        .person("U0BOB")
        .slash("#exec", "/incident")
        .await;
    let trigger = rig
        .heard()
        .iter()
        .rfind(|heard| heard.path == "commands")
        .expect("it came")
        .form()["trigger_id"]
        .clone();
    let view =
        json!({"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": blocks});
    let opened: SlackApiViewsOpenResponse = reads(
        "open a form",
        rig.ok("views.open", json!({"trigger_id": trigger, "view": view}))
            .await,
    );
    let id = opened.view.state_params.id.0;
    reads::<SlackApiViewsUpdateResponse>(
        "update a form",
        rig.ok("views.update", json!({"view_id": id, "view": view}))
            .await,
    );
    let saved = rig.ok("bookmarks.add", json!({"channel_id": "C0EXEC", "title": "Runbook", "type": "link", "link": "https://example.com"})).await;
    let listed = rig
        .ok("bookmarks.list", json!({"channel_id": "C0EXEC"}))
        .await;
    assert_eq!(listed["bookmarks"], json!([saved["bookmark"]]));
    rig.ok("chat.delete", json!({"channel": "C0EXEC", "ts": ts}))
        .await;
    reads::<SlackApiConversationsRepliesResponse>(
        "a tombstone",
        rig.ok("conversations.replies", all()).await,
    );
}
