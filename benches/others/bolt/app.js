// An app on @slack/bolt that keeps one durable row per command, as its documentation shows it.
"use strict";

const { App, HTTPReceiver, LogLevel } = require("@slack/bolt");
const Database = require("better-sqlite3");

const database = new Database(process.env.DATABASE);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(
  "CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, team TEXT, person TEXT, channel TEXT, text TEXT, at INTEGER)",
);
const insert = database.prepare("INSERT INTO commands (team, person, channel, text, at) VALUES (?, ?, ?, ?, ?)");

const receiver = new HTTPReceiver({
  signingSecret: process.env.SLACK_SIGNING_SECRET,
  endpoints: ["/slack/commands"],
  logLevel: LogLevel.ERROR,
});
const app = new App({
  receiver,
  logLevel: LogLevel.ERROR,
  token: process.env.SLACK_BOT_TOKEN,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.command("/incident", async ({ ack, command }) => {
  insert.run(command.team_id, command.user_id, command.channel_id, command.text, Date.now());
  await ack("Update posted");
});

app.start({ port: Number(process.env.PORT), host: "127.0.0.1" });
