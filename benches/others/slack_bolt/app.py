"""An app on slack_bolt, behind Flask and gunicorn, that keeps one durable row per command."""

import os
import sqlite3
import threading
import time

from flask import Flask, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient

TABLE = "CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, team TEXT, person TEXT, channel TEXT, text TEXT, at INTEGER)"
INSERT = "INSERT INTO commands (team, person, channel, text, at) VALUES (?, ?, ?, ?, ?)"

client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
app = App(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"], process_before_response=True)

# One connection that the threads take in turn: SQLite has one writer.
database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, check_same_thread=False)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute(TABLE)
turn = threading.Lock()


@app.command("/incident")
def command(ack, command):
    row = (command["team_id"], command["user_id"], command["channel_id"], command["text"], int(time.time() * 1000))
    with turn:
        database.execute(INSERT, row)
    ack("Update posted")


web = Flask(__name__)
handler = SlackRequestHandler(app)


@web.route("/slack/commands", methods=["POST"])
def commands():
    return handler.handle(request)
