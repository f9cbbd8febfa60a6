//! What each room of the code may know, and who may do what.

use crate::{File, code_lines, lies_in, rust_files};

rules! {
    each_room_knows_its_own breaks &[
        &[("src/domain/nag.rs", "pub async fn wait() {}")],
        &[("src/domain/nag.rs", "use crate::store::Store;")],
        &[("src/domain/nag.rs", "struct Nag { thread_ts: String }")],
        &[("src/app/mod.rs", "use sqlx::Row;")],
        &[("src/main.rs", "use sqlx::Row;")],
        &[("src/http/mod.rs", "let rows = \"SELECT id FROM incidents\";")],
        &[("src/slack/client.rs", "fn save(tx: &mut WriteTx) {}")],
        &[("src/store/rows.rs", "struct Row { trigger_id: String }")],
        &[("src/pump/outbox.rs", "json!({ \"block_id\": id })")],
        &[("src/app/handle.rs", "use crate::standin::World;")],
    ];
    the_stand_in_stands_alone breaks &[
        &[("src/standin/api.rs", "use crate::clock::Time;")],
        &[("src/standin/api.rs", "use balefire::slack;")],
        &[("src/standin/api.rs", "use crate::{slack, standin};")],
        &[("src/standin/page/mod.rs", "let now = crate::standinx::now();")],
    ];
    one_place_reads_the_wall_clock breaks &[
        &[("src/app/handle.rs", "let now = Utc::now();")],
        &[("src/store/mod.rs", "let now = std::time::SystemTime::now();")],
        &[("src/domain/nag.rs", "let now = Local::now();")],
    ];
    few_may_send breaks &[
        &[("src/app/handle.rs", "call.make(&app.slack).await;")],
        &[("src/http/mod.rs", "client\n    .open_view(&view)\n    .await?;")],
        &[("src/run.rs", "session.chat_post_message(&message).await?;")],
        &[("src/app/ask.rs", "client.call(\"reactions.add\", &args).await?;")],
    ];
}

/// What a room must not know: where, except where, why, and the words that give it away.
pub struct Room {
    pub path: &'static str,
    pub except: &'static [&'static str],
    pub reason: &'static str,
    pub words: &'static [&'static str],
}

const SLACK_FIELDS: &[&str] = &[
    "slack_morphism",
    "trigger_id",
    "response_url",
    "thread_ts",
    "private_metadata",
    "callback_id",
    "block_id",
    "action_id",
];

const ROOMS: &[Room] = &[
    Room {
        path: "src/domain",
        except: &[],
        reason: "the domain is pure: it is given what is known and returns what follows. Move IO and time to src/app",
        words: &[
            "async ",
            ".await",
            "sqlx",
            "tokio",
            "axum",
            "reqwest",
            "Clock",
            "std::fs",
            "std::env",
            "std::net",
            "new_v4",
            "now_v7",
            "crate::app",
            "crate::http",
            "crate::pump",
            "crate::run",
            "crate::slack",
            "crate::store",
        ],
    },
    Room {
        path: "src/domain",
        except: &[],
        reason: "only src/slack knows Slack's field names. Give it a name of our own and translate in src/slack",
        words: SLACK_FIELDS,
    },
    Room {
        path: "src/store",
        except: &[],
        reason: "the store keeps what the domain says and knows nothing of Slack, HTTP or who asks. Translate in src/slack or src/app",
        words: &[
            "slack_morphism",
            "trigger_id",
            "response_url",
            "private_metadata",
            "callback_id",
            "block_id",
            "action_id",
            "axum",
            "crate::app",
            "crate::http",
            "crate::pump",
            "crate::slack",
        ],
    },
    Room {
        path: "src/pump",
        except: &[],
        reason: "the pumps work with typed messages. Build and read Slack's JSON in src/slack",
        words: SLACK_FIELDS,
    },
    Room {
        path: "src",
        except: &["src/store"],
        reason: "only src/store knows SQL. Add a function there, named by what it answers",
        words: &[
            "use sqlx",
            "sqlx::",
            "SELECT ",
            "INSERT INTO ",
            "DELETE FROM ",
            "ON CONFLICT",
        ],
    },
    Room {
        path: "src/slack",
        except: &[],
        reason: "src/slack translates, and neither saves nor decides. Do it in src/app",
        words: &["crate::store", "WriteTx", "crate::pump", "crate::http"],
    },
    Room {
        path: "src/http",
        except: &[],
        reason: "handlers pass on what came in. Save in src/app, build Slack's JSON in src/slack",
        words: &[
            "WriteTx",
            "slack_morphism",
            "block_id",
            "action_id",
            "private_metadata",
        ],
    },
    Room {
        path: "src/app",
        except: &[],
        reason: "the door serves HTTP, Socket Mode and the pumps alike. Keep HTTP in src/http",
        words: &["axum", "slack_morphism"],
    },
    Room {
        path: "src",
        except: &["src/standin", "src/demo.rs", "src/lib.rs"],
        reason: "the bot reaches the stand-in by its URL only, as it reaches Slack",
        words: &["crate::standin", "balefire::standin"],
    },
];

fn each_room_knows_its_own(tree: &[File]) -> Vec<String> {
    ROOMS.iter().flat_map(|room| forbid(tree, room)).collect()
}

/// Complaints about every word of the room that stands in its code, tests included.
pub fn forbid(tree: &[File], room: &Room) -> Vec<String> {
    let mut complaints = vec![];
    for file in rust_files(tree) {
        let excepted = room.except.iter().any(|path| lies_in(&file.path, path));
        if !lies_in(&file.path, room.path) || excepted {
            continue;
        }
        for (number, line) in code_lines(&file.text) {
            for word in room.words.iter().filter(|word| line.contains(**word)) {
                complaints.push(format!(
                    "{}:{number}: `{}`: {}",
                    file.path,
                    word.trim(),
                    room.reason
                ));
            }
        }
    }
    complaints
}

fn the_stand_in_stands_alone(tree: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in rust_files(tree).filter(|file| lies_in(&file.path, "src/standin")) {
        for (number, line) in code_lines(&file.text) {
            let own = line
                .replace("crate::standin::", "")
                .replace("crate::standin;", "")
                .replace("in crate::standin)", "");
            if own.contains("crate::") || own.contains("balefire::") {
                complaints.push(format!(
                    "{}:{number}: the stand-in imports nothing of the bot, so that both cannot share one mistake. \
                     Write down what Slack does, here",
                    file.path
                ));
            }
        }
    }
    complaints
}

fn one_place_reads_the_wall_clock(tree: &[File]) -> Vec<String> {
    forbid(
        tree,
        &Room {
            path: "src",
            except: &["src/clock.rs", "src/standin"],
            reason: "only src/clock.rs reads the wall clock. Take `now` as an argument",
            words: &["Utc::now", "Local::now", "SystemTime::now"],
        },
    )
}

fn few_may_send(tree: &[File]) -> Vec<String> {
    forbid(
        tree,
        &Room {
            path: "src",
            except: &[
                "src/slack/client.rs",
                "src/slack/client",
                // Says how each call of the outbox is made; it is the outbox that makes them.
                "src/slack/call.rs",
                "src/pump/outbox.rs",
                "src/pump/outbox",
                "src/app/forms.rs",
                "src/standin",
            ],
            reason: "only src/pump/outbox.rs sends (and src/app/forms.rs opens forms). Enqueue it in the transaction of what it tells of",
            words: SENDING,
        },
    )
}

/// Calls that make Slack show something: the client's own and slack-morphism's.
const SENDING: &[&str] = &[
    ".make(&",
    ".open_view(",
    ".open_direct(",
    ".respond(",
    ".call(\"",
    ".chat_post",
    ".chat_update(",
    ".chat_delete(",
    ".views_open(",
    ".views_update(",
    ".conversations_create(",
    ".conversations_invite(",
    ".conversations_set_topic(",
    ".pins_add(",
    ".respond_to_event(",
];
