"""An app on Slack's own framework, slack_bolt, unchanged, against the stand-in. Started by tests/slack_sdk.rs.

The same listeners run behind its Socket Mode receiver (`socket`) or its HTTP receiver in Flask (`http`).
"""

import logging
import os
import sys

from slack_bolt import App
from slack_sdk import WebClient

logging.basicConfig(level=logging.INFO)
client = WebClient(token=os.environ["STANDIN_TOKEN"], base_url=os.environ["STANDIN_API_URL"])
app = App(client=client, signing_secret=os.environ["STANDIN_SECRET"], process_before_response=True)


@app.command("/incident")
def command(ack, body, client, command):
    words = command["text"]
    if words == "form":
        ack()
        field = {"type": "plain_text_input", "action_id": "title"}
        what = {"type": "input", "block_id": "what", "label": {"type": "plain_text", "text": "What is broken?"}, "element": field}
        title, submit = {"type": "plain_text", "text": "Declare"}, {"type": "plain_text", "text": "Declare"}
        view = {"type": "modal", "callback_id": "declare", "title": title, "submit": submit, "blocks": [what]}
        client.views_open(trigger_id=body["trigger_id"], view=view)
    elif words == "button":
        ack()
        button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}, "value": "42"}
        client.chat_postMessage(channel=command["channel_id"], text="A button", blocks=[{"type": "actions", "elements": [button]}])
    else:
        ack(f"Heard “{words}” from <@{command['user_id']}>")


@app.action("press")
def pressed(ack, body, respond):
    ack()
    respond(f"{body['actions'][0]['value']} was pressed by <@{body['user']['id']}>", replace_original=False)


@app.view("declare")
def declared(ack, body, client, view):
    title = view["state"]["values"]["what"]["title"]["value"]
    if title == "Nothing":
        ack(response_action="errors", errors={"what": "That is not broken"})
        return
    ack()
    client.chat_postMessage(channel="C0GENERAL", text=f"<@{body['user']['id']}> declared {title}")


@app.event("app_mention")
def mentioned(event, say):
    say(f"<@{event['user']}> called", thread_ts=event["ts"])


@app.event("message")
def said():
    # Bolt answers 404 to events without a listener.
    pass


def over_socket():
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    SocketModeHandler(app, os.environ["STANDIN_APP_TOKEN"]).start()


def by_http():
    from flask import Flask, request
    from slack_bolt.adapter.flask import SlackRequestHandler
    from werkzeug.serving import make_server

    flask, handler = Flask(__name__), SlackRequestHandler(app)
    flask.post("/slack/<door>")(lambda door: handler.handle(request))
    server = make_server("127.0.0.1", 0, flask, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"socket": over_socket, "http": by_http}[sys.argv[1]]()
