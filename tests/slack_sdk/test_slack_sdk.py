"""Slack's own SDK, unchanged, against the stand-in. Started by tests/slack_sdk.rs, which sets the environment.

The stand-in's clock stands still, so a channel takes one message and no more: every test has channels of its own.
"""

import os
import unittest

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, InputBlock, PlainTextInputElement, SectionBlock
from slack_sdk.models.metadata import Metadata
from slack_sdk.models.views import View

BASE_URL = os.environ["STANDIN_API_URL"]
TOKEN = os.environ["STANDIN_TOKEN"]
TRIGGER = os.environ["STANDIN_TRIGGER_ID"]


class SdkTest(unittest.TestCase):
    def setUp(self):
        self.client = WebClient(token=TOKEN, base_url=BASE_URL)

    def refusal(self, call, **arguments):
        with self.assertRaises(SlackApiError) as caught:
            call(**arguments)
        return caught.exception.response

    def test_auth(self):
        who = self.client.auth_test()
        self.assertEqual(("T0BALEFIRE", "U0BALEFIRE", "B0BALEFIRE"), (who["team_id"], who["user_id"], who["bot_id"]))
        self.assertIn("chat:write", who.headers["x-oauth-scopes"])

    def test_a_wrong_token(self):
        stranger = WebClient(token="xoxb-wrong", base_url=BASE_URL)
        self.assertEqual("invalid_auth", self.refusal(stranger.auth_test)["error"])

    def test_post_update_and_history_with_metadata(self):
        metadata = Metadata(event_type="balefire", event_payload={"outbox_id": "42"})
        blocks = [
            SectionBlock(text="*INC-2026-001* Checkout is down"),
            ActionsBlock(elements=[ButtonElement(text="Acknowledge", action_id="ack", value="INC-2026-001")]),
        ]
        posted = self.client.chat_postMessage(channel="C0EXEC", text="Down", blocks=blocks, metadata=metadata)
        updated = self.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Up again")
        self.assertEqual("Up again", updated["message"]["text"])
        history = self.client.conversations_history(channel="C0EXEC", include_all_metadata=True, limit=5)
        self.assertEqual({"outbox_id": "42"}, history["messages"][0]["metadata"]["event_payload"])
        link = self.client.chat_getPermalink(channel="C0EXEC", message_ts=posted["ts"])
        self.assertIn(posted["ts"].replace(".", ""), link["permalink"])
        self.client.reactions_add(channel="C0EXEC", timestamp=posted["ts"], name="eyes")
        self.client.pins_add(channel="C0EXEC", timestamp=posted["ts"])
        self.assertEqual("already_pinned", self.refusal(self.client.pins_add, channel="C0EXEC", timestamp=posted["ts"])["error"])

    def test_a_second_post_within_a_second(self):
        self.client.chat_postMessage(channel="C0GENERAL", text="One")
        response = self.refusal(self.client.chat_postMessage, channel="C0GENERAL", text="Two")
        self.assertEqual((429, "ratelimited"), (response.status_code, response["error"]))
        self.assertEqual("1", response.headers["Retry-After"])

    def test_a_form(self):
        view = View(
            type="modal",
            title="Declare",
            submit="Declare",
            blocks=[InputBlock(label="What is broken?", element=PlainTextInputElement(action_id="title"))],
        )
        opened = self.client.views_open(trigger_id=TRIGGER, view=view)
        self.assertEqual("modal", opened["view"]["type"])
        again = self.refusal(self.client.views_open, trigger_id=TRIGGER, view=view)
        self.assertEqual("exchanged_trigger_id", again["error"])

    def test_a_channel_of_its_own(self):
        channel = self.client.conversations_create(name="inc-2026-001")["channel"]["id"]
        self.client.conversations_invite(channel=channel, users=["U0ALICE", "U0BOB"])
        self.client.conversations_setTopic(channel=channel, topic="Checkout is down")
        members = self.client.conversations_members(channel=channel)["members"]
        self.assertEqual(["U0BALEFIRE", "U0ALICE", "U0BOB"], members)
        names = []
        for page in self.client.conversations_list(limit=2, exclude_archived=True):
            names += [one["name"] for one in page["channels"]]
        self.assertEqual(["incidents", "general", "exec", "customers", "inc-2026-001"], names)
        self.client.conversations_archive(channel=channel)
        late = self.refusal(self.client.chat_postMessage, channel=channel, text="Too late")
        self.assertEqual("is_archived", late["error"])

    def test_people(self):
        locales = {one["id"]: one["locale"] for one in self.client.users_list(include_locale=True)["members"]}
        self.assertEqual("zh-CN", locales["U0CHEN"])
        group = self.client.usergroups_users_list(usergroup="S0PAYMENTS")
        self.assertEqual(["U0BOB", "U0CHEN"], group["users"])


if __name__ == "__main__":
    unittest.main()
