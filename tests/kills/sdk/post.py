"""Posts messages with Slack's own SDK for Python, set up as it is by default. Started by tests/kills/sdks.rs."""

import os
import time

from slack_sdk import WebClient

client = WebClient(token=os.environ["STANDIN_TOKEN"], base_url=os.environ["STANDIN_API_URL"])
failed = 0
for mark in os.environ["MARKS"].split():
    try:
        client.chat_postMessage(channel="C0GENERAL", text=mark)
    except Exception:
        failed += 1
        # One pause that Slack asks for costs one message, and not all that would follow at once.
        time.sleep(1)
print(failed)
