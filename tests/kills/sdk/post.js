// Posts messages with Slack's own SDK for Node, set up as it is by default. Started by tests/kills/sdks.rs.

const { WebClient, LogLevel } = require("@slack/web-api");

async function post() {
  const client = new WebClient(process.env.STANDIN_TOKEN, {
    slackApiUrl: process.env.STANDIN_API_URL,
    logLevel: LogLevel.ERROR,
  });
  let failed = 0;
  for (const mark of process.env.MARKS.split(" ")) {
    try {
      await client.chat.postMessage({ channel: "C0GENERAL", text: mark });
    } catch {
      failed += 1;
      // One pause that Slack asks for costs one message, and not all that would follow at once.
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
  console.log(failed);
}

post();
