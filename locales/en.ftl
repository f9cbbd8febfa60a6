### Every sentence that a person reads. Both languages hold the same keys; a test sees to it.

## Words: statuses, roles, audiences, durations

status-declared = Declared
status-investigating = Investigating
status-identified = Identified
status-monitoring = Monitoring
status-resolved = Resolved
status-closed = Closed
status-cancelled = Cancelled
audience-stakeholders = stakeholders
audience-customers = customers
role-owner = owner
severity-critical = Critical
severity-critical-meaning = The system is down
severity-high = High
severity-high-meaning = An important part does not work and there is no way around it
severity-medium = Medium
severity-medium-meaning = Something does not work, but there is a way around it
severity-low = Low
severity-low-meaning = A small fault that hinders few people
duration-seconds = { $seconds } s
duration-minutes = { $minutes } min
duration-hours = { $hours } h
duration-hours-minutes = { $hours } h { $minutes } min
duration-days = { $days } d
duration-days-hours = { $days } d { $hours } h
# How long nobody has said anything, in "No update for …".
silence-seconds =
    { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }
silence-minutes =
    { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }

## The card and the topic

card-declared = { $id } · declared by { $who } { $time }
card-acknowledged = acknowledged by { $who } after { $after }
card-status = Status
card-owner = Owner
card-severity = Severity
card-duration = Duration
card-impact = Impact
card-services = Services
card-eta = Expected recovery
card-next-update = Next update due
card-channel = Channel
card-roles = Roles
card-unknown = not known yet
card-nobody = nobody yet — take it with { $command }
card-since = since { $time }
card-acknowledge-by = ⏳ to be acknowledged by { $time }
card-unacknowledged = ⚠️ nobody has acknowledged it
card-promised = { $time } — promised by { $who }
card-snoozed = { $time } — put off by { $who }
card-asked = ⏰ asked { $time }, no answer yet
card-no-next-update = none: { $status }
card-channel-opening = is being opened
card-channel-thread = the thread under this message
card-summary = Summary
card-reason = Reason
card-last-update = *Last update* · { $who } · { $time }
card-no-update = *Last update* · none yet
card-no-change = No change, reported by { $who } { $time }
topic-no-owner = no owner yet
button-acknowledge = Acknowledge
button-update = Post update
button-status = Change status
button-severity = Change severity
button-assign = Assign
button-resolve = Resolve
button-reopen = Reopen
button-close = Close
button-more-impact = Set impact and ETA
button-more-note = Note or decision
button-more-stakeholders = Draft for stakeholders
button-more-customers = Draft for customers
button-more-timeline = Timeline
button-no-change = No change
button-snooze = Snooze

## What happened: messages in the incident's channel and to persons

told-somebody = somebody
told-place-channel = Worked on in { $channel }
told-place-thread = Worked on in the thread under its card in { $channel }
told-declared = 🔥 { $who } declared { $id }. It is worked on here, in this thread.
told-please-acknowledge = { $owner } owns it: please press *Acknowledge* on the card by { $time }.
told-thread-hint = Slack takes no commands in threads. Use the buttons on the card, or put the same words after a mention: `@Balefire update We are rolling back`
told-channel-refused = Slack did not open a channel for this incident. Everything goes on here, in this thread.
told-home-archived = The incident's channel was archived. Everything goes on here, in this thread.
told-home-removed = I was taken out of the incident's channel. Everything goes on here, in this thread.
told-meanwhile = ⏳ Slack did not take my messages for a while. Meanwhile:
told-home-deleted = The incident's channel was deleted. Everything goes on here, in this thread.
told-acknowledged = 👍 { $who } acknowledged the incident, { $after } after it was declared.
told-also-acknowledged = Acknowledged with this, after { $after }
told-owner-took = 👤 { $to } owns this incident now.
told-owner-given = 👤 { $who } made { $to } the owner of this incident.
told-role-took = 👤 { $to } took the role *{ $role }* in this incident.
told-role-given = 👤 { $who } gave { $to } the role *{ $role }* in this incident.
told-role-before = Until now it was { $from }.
told-update = 📣 *Update* from { $who }
told-no-change = 📣 *No change*, says { $who }.
told-next-update = Next update due { $time }
told-next-promised = Next update promised for { $time }
told-status = { $emoji } { $who } changed the status from { $from } to *{ $to }*.
told-severity = { $emoji } { $who } changed the severity from { $from } to *{ $to }*.
told-rhythm = Updates are due every { $every }, the next one { $time }
told-impact = 💥 { $who } described the impact:
told-eta = 🕑 { $who } set the expected recovery:
told-services = 🧩 { $who } set the affected services: { $services }
told-note = 📝 Note by { $who }:
told-decision = ⚖️ Decision, recorded by { $who }:
told-action = ☑️ Follow-up, added by { $who }:
told-action-for = ☑️ Follow-up for { $assignee }, added by { $who }:
told-action-due = Due { $date }
told-snoozed = 💤 { $who } put the next reminder off until { $until }.
told-snoozed-from = It was due { $from }. After it, reminders come every { $rhythm } again.
told-resolved = ✅ { $who } resolved the incident after { $after }.
told-resolved-customers = Customers know of it: tell them that it is over with { $command }
told-resolved-next = Note follow-ups with { $action }, then press *Close* on the card
told-reopened = 🔁 { $who } reopened the incident:
told-cancelled = ⛔ { $who } cancelled the incident:
told-cancelled-next = If it was one after all, press *Reopen* on the card.
told-closed = 🏁 { $who } closed the incident. It lasted { $after }.
told-closed-next = { $command } shows everything that happened, for the post-mortem.
told-published = 📨 { $who } published draft { $number } for { $audience } in { $channels }.
told-published-nowhere = 📨 { $who } released draft { $number } for { $audience }. No channel is configured for it: copy the words from the draft and pass them on.
told-pinned-unsigned = 📌 { $who } put somebody's message on the timeline:
told-pinned = 📌 { $who } put a message by { $author } on the timeline:
told-pin-edited = 📌 A message on the timeline was edited. It now says:
told-pin-removed = 📌 A message was taken off the timeline.
told-draft-changed = Draft { $number } has changed. Its message shows how it stands.
told-changed = { $id } has changed: { $status }
nag-ask = ⏰ { $owner }, where does it stand? No update for { $quiet }.
nag-ask-anybody = ⏰ Where does it stand? No update for { $quiet }, and nobody owns this incident.
nag-promised = An update was promised for { $time } by { $who }.
nag-was-snoozed = { $who } had put this reminder off until { $time }.
nag-unacknowledged = Nobody has acknowledged the incident since it was declared { $time }.
nag-what-to-say = What has changed, what comes next, and when will the next update be?
nag-late = This reminder was due { $due }. I could not ask earlier, so it is { $late } late.
nag-asked = ⏰ Asked { $time } for a status update
nag-answered-update = ✅ { $who } posted an update after { $after }.
nag-answered-no-change = ✅ { $who } answered after { $after }: no change.
nag-answered-snooze = 💤 Put off by { $who } { $time }.
nag-answered-finished = ✅ No longer needed: { $who } ended the incident { $time }.
nag-replaced = Nobody answered. A newer reminder took its place.
alarm-unacknowledged = 🚨 { $owner }, this incident waits for you. It was to be acknowledged by { $due }. Press *Acknowledge* if you are on it, or *Assign* to hand it over.
alarm-unacknowledged-unowned = 🚨 Nobody owns this incident and nobody has acknowledged it. It was to be acknowledged by { $due }. Whoever presses *Acknowledge* becomes its owner.
alarm-waits-for-you = This incident has waited for you since { $declared }. It was to be acknowledged by { $due }. Press *Acknowledge* if you are on it, or *Assign* to hand it over.
alarm-climbs-at = If nobody answers, those next in line are called { $time }.
alarm-escalation = 🚨 { $called } Can you step in? { $why }
alarm-escalation-direct = 🚨 Can you step in? { $why }
alarm-take = To take it over, type { $command }.
alarm-owner-asked = You were asked for a status update { $asked }, and none has come. Nobody has said how it stands for { $quiet }.
alarm-owner-asked-before = You were asked for a status update, and none has come. Nobody has said how it stands for { $quiet }.
alarm-owner-acknowledge = You own this incident and have not acknowledged it since { $declared }.
alarm-nag-unanswered = { $owner } was asked for a status update { $asked } and has not answered. Nobody has said how it stands since { $updated }.
alarm-nag-unanswered-before = { $owner } was asked for a status update and has not answered. Nobody has said how it stands since { $updated }.
alarm-nag-unowned = Nobody owns this incident, and nobody has said how it stands since { $updated }.
alarm-call-unanswered = { $owner } has not acknowledged this incident. It was declared { $declared }.
alarm-call-unowned = Nobody owns this incident, and nobody has acknowledged it. It was declared { $declared }.
undelivered-card = ⚠️ I could not post the card in { $channel }.
undelivered-nag = ⚠️ I could not ask for a status update in { $channel }. Please post one all the same.
undelivered-message = ⚠️ I could not post a message in { $channel }. What it said is on the timeline.
undelivered-maybe-card = ⚠️ The card may be missing in { $channel }. The next change posts one, which may be a second.
undelivered-draft = ⚠️ I could not post draft { $number } in { $channel }. Write a new one once the way is clear: { $command }
undelivered-maybe-draft = ⚠️ Draft { $number } may not have arrived in { $channel }. If it is missing there, write a new one: { $command }
undelivered-maybe-nag = ⚠️ My reminder may not have arrived in { $channel }. Please post a status update all the same.
undelivered-maybe-message = ⚠️ A message of mine may not have arrived in { $channel }. What it said is on the timeline.
undelivered-maybe-direct = ⚠️ My message to { $to } may not have arrived: please ask them.
undelivered-maybe-publication = ⚠️ Draft { $number } for { $audience } may or may not stand in { $channel }. I will not send it again by myself: look there first, and copy the words from the draft only if they are missing.
undelivered-maybe-old-publication = ⚠️ Draft { $number } may or may not stand in { $channel }. I will not send it again by myself: look there first. Its words are on the timeline.
undelivered-direct = ⚠️ I could not write to { $to }.
undelivered-publication = ⚠️ Draft { $number } for { $audience } did not reach { $channel }. I will not send it again by myself: copy the words from the draft once the way is clear.
undelivered-old-publication = ⚠️ Draft { $number } did not reach { $channel }. I will not send it again by myself: its words are on the timeline.
undelivered-invitation = ⚠️ I could not bring { $users } into the incident's channel. Please let them know.
undelivered-pin = ⚠️ I could not pin the card in { $channel }.
undelivered-refresh = ⚠️ I could not bring { $what } in { $channel } up to date: it does not show what changes from now on. This does: { $command }
stale-card = the card
stale-home-card = the channel's card
stale-topic = the topic
stale-message = a message of mine
remedy = { $way_out } (Slack's answer: `{ $code }`)
remedy-the-channel = the channel
remedy-not-in-channel = I am not in { $place }: type `/invite @Balefire` there.
remedy-channel-not-found = I cannot see { $place }: it does not exist, or it is private and I am not in it. Type `/invite @Balefire` there, or name another channel in `balefire.toml`.
remedy-archived = It is archived: unarchive { $place }, or name another channel in `balefire.toml`.
remedy-scope = The app lacks a permission: install it again from `manifest.yml`.
remedy-restricted = The workspace does not allow it: ask one of its admins.
remedy-person = The person has left the workspace, or is a guest out of my reach: tell them another way, or give their part to somebody else.
remedy-messages-tab = Direct messages are switched off for this app: switch on the Messages tab under App Home.
remedy-token = Slack no longer accepts the bot token: install the app again and set `SLACK_BOT_TOKEN`.
remedy-our-mistake = That is a mistake of mine, please report it. What was to be said is on the timeline: `/incident timeline { $id }`
remedy-unknown = Check the app's token, its permissions and whether it is in the channel.
remedy-unread = I cannot check that myself: { $why }
remedy-too-much-to-read = Too much has been written since to search through.
remedy-unknown-outcome = Slack never answered whether it took it, and I cannot look there: see for yourself, and say it again if it is missing.

## Drafts

draft-title-stakeholders = 📝 *Draft { $number } for stakeholders*
draft-title-customers = 📝 *Draft { $number } for customers*
draft-goes-to = Goes to { $channels }.
draft-goes-nowhere = Goes nowhere by itself, because no channel is configured: copy it from here.
draft-mail = To be sent by hand: { $addresses }.
draft-findings-blocking = ⚠️ *To be put right before it can be approved*
draft-findings-advice = 💡 *Worth another look*
draft-findings-more = • and { $count } more
lint-empty = There is no text.
lint-too-long = It has { $chars } characters; at most { $most } fit.
lint-person = It names a person: { $text }
lint-channel = It names a channel: { $text }
lint-broadcast = It would call a whole channel: { $text }
lint-internal = It uses a word that only insiders know: { $text }
lint-missing-what = It does not say what happened.
lint-missing-impact = It does not say what the impact is.
lint-missing-state = It does not say where things stand.
lint-missing-recovery = It does not say when recovery is expected.
lint-missing-scope = It does not say who or what is affected.
draft-by-balefire = Drafted from the timeline { $time }
draft-by = Written by { $who } { $time }
draft-approved-by = ✅ approved by { $who } { $time }
draft-needs =
    { $count ->
        [one] needs one approval before it can be published
       *[other] needs { $count } approvals, by different people, before it can be published
    }
draft-needs-another = needs the approval of one more person
draft-ready = can be published; an edit takes the approval back
draft-published = ✅ Published by { $who } { $time }
draft-discarded = 🗑️ Discarded by { $who } { $time }
draft-replaced = ♻️ Replaced by a newer draft { $time }
button-edit = Edit
button-approve = Approve
button-publish = Publish
button-discard = Discard
confirm-no = Not now
confirm-publish-title = Publish to customers?
confirm-publish = Customers will read this in { $channels }.
confirm-publish-nowhere = No channel is configured, so nothing is sent. This records the words as published, and you pass them on.
confirm-discard-title = Discard the draft for { $audience }?
confirm-discard = Nobody will be able to publish it any more. Its words stay on the timeline.

## Reports heard in the incidents channel

report-offer = { $who }, is this an incident? I would declare it as:
report-hint = Severity and title are guessed from the words. Severity can be changed on the card afterwards.
report-declared = ✅ { $who } declared { $id } { $time }
report-dismissed = { $who } said { $time } that this is not an incident.
button-report-declare = Declare incident
button-report-dismiss = Not an incident

## Answers to commands and buttons

home-none = No open incident is yours.
home-some =
    { $count ->
        [one] *One open incident is yours*
       *[other] *{ $count } open incidents are yours*
    }
home-more = And { $count } more: `/incident list mine`
home-hint = `/incident list` shows all open incidents, `/incident help` all commands.
home-acknowledge-by = ⏳ Acknowledge it by { $time }
home-acknowledge = ⚠️ Nobody has acknowledged it yet
home-nag-unanswered = ⏰ You were asked { $time } where it stands, and have not answered
home-next-update = Next update due { $time }
home-draft = 📝 Draft { $number } for { $audience } waits for approval
list-open = *Open incidents*
list-mine = *Your open incidents*
list-all = *All incidents, newest first*
list-none-open = No incident is open.
list-none-mine = No open incident is yours. `/incident list` shows all that are open.
list-none = There has been no incident yet.
list-only = Only the first { $count } are shown.
list-unreadable = ⚠️ Not shown: { $ids }. I cannot read what is stored there. Tell whoever runs Balefire; the log says why.
list-no-owner = no owner
which-incident = Which incident? Type one of these:
again-question = You typed `/incident { $command }` { $time }, and it was done. Do it once more?
again-said = You said `{ $words }` { $time }, and it was done. To have it done once more, say it again in a minute.
again-button = Do it again
again-too-long = It is too long for a button. To do it again, type it again in a minute.
answer-elsewhere = You asked in { $channel }, and Slack does not let me answer there.
answer-unheard = ⚠️ *Nothing that I post arrives.* Since { $time } Slack no longer accepts my token (its answer: `{ $code }`). What I have to say waits and goes out once that is mended; until then call people yourself. Whoever runs Balefire installs the app again and sets `SLACK_BOT_TOKEN`; `balefire doctor` shows whether it holds.
repeat = This was done already, and is not done a second time.
form-did-not-open = The form did not open in time. Type it instead, for example { $example }
form-did-not-open-draft = The form did not open in time, and nothing has changed. Press *Edit* again.
not-recorded = Nothing was recorded: I could not reach my database. Try again in a minute. If it stays so, tell whoever runs Balefire; the log says why.
not-recorded-unreadable = Nothing was recorded: I cannot read what is stored here, and trying again will not help. Tell whoever runs Balefire; the log names the row.
partly-recorded = A part of this was recorded, and then I could not reach my database. Submit it again in a minute: what is recorded already is not recorded twice.
perhaps-recorded = It is not known whether this was recorded: my database did not answer in time. Look at the card before you do it again.
done-nothing = Nothing had to be done: { $id } is like that already.
done-declared = *{ $id }* declared: { $title } · { $severity } · owner { $owner }
done-declared-unowned = *{ $id }* declared: { $title } · { $severity } · no owner yet
done-declared-channel = · its channel is { $channel }
done-declared-opening = · its channel is on the way
done-declared-thread = · it is worked on in the thread under its card
done-acknowledged = { $id } acknowledged. { $next }
done-acknowledged-with-this = { $id } acknowledged.
done-owner = { $to } owns { $id } now.
done-role = { $to } has the role *{ $role }* in { $id } now.
done-update = Update posted on { $id }. { $next }
done-no-change = Recorded: no change on { $id }. { $next }
done-status = The status of { $id } is “{ $status }” now.
done-severity = The severity of { $id } is { $severity } now. { $next }
done-impact = Impact of { $id } set.
done-eta = Expected recovery of { $id } set.
done-services = Affected services of { $id }: { $services }
done-note = Note added to the timeline of { $id }.
done-decision = Decision added to the timeline of { $id }.
done-action = Action added to { $id }
done-snoozed = The next reminder for { $id } comes { $until }.
done-resolved = { $id } resolved after { $after }.
done-reopened = { $id } reopened. { $next }
done-cancelled = { $id } cancelled.
done-closed = { $id } closed.
done-draft = Draft { $number } for { $audience } is on its way to { $place }.
done-draft-thread = Draft { $number } for { $audience } is on its way to the thread under the card.
done-draft-edited = Draft { $number } changed; it needs approval again.
done-draft-approved = Draft { $number } approved.
done-draft-discarded = Draft { $number } discarded.
done-draft-published = Draft { $number } goes out to { $audience }.
done-draft-published-nowhere = Draft { $number } for { $audience } is marked as published. No channel is configured: copy it from the draft and send it yourself.
timeline-title = *Timeline of { $id }* · { $title }
timeline-earlier =
    { $count ->
        [one] One earlier line is not shown.
       *[other] { $count } earlier lines are not shown.
    }
timeline-declared = declared it: *{ $title }* · { $severity }
timeline-owner = owner { $owner }
timeline-acknowledged = acknowledged it
timeline-role-took = took the role *{ $role }*
timeline-role-given = gave the role *{ $role }* to { $to }
timeline-update = posted an update: { $text }
timeline-no-change = reported no change
timeline-status = changed the status from { $from } to *{ $to }*
timeline-severity = changed the severity from { $from } to *{ $to }*
timeline-impact = set the impact: { $text }
timeline-eta = set the expected recovery: { $text }
timeline-services = set the affected services: { $services }
timeline-note = noted: { $text }
timeline-decision = recorded a decision: { $text }
timeline-action = added an action: { $text }
timeline-snoozed = put the next reminder off until { $until }
timeline-nagged = asked for an update (reminder { $number })
timeline-unacknowledged = noticed that nobody had acknowledged it in time
timeline-climbed = called { $to }, because nobody answered
timeline-climbed-nobody = had nobody further to call
timeline-resolved = resolved it
timeline-resolved-with = resolved it: { $text }
timeline-reopened = reopened it: { $text }
timeline-cancelled = cancelled it: { $text }
timeline-closed = closed it
timeline-pinned = wrote: { $text } (📌 { $who })
timeline-draft = wrote draft { $number } for { $audience }
timeline-draft-edited = edited draft { $number }
timeline-draft-approved = approved draft { $number }
timeline-draft-discarded = discarded draft { $number }
timeline-draft-published = published draft { $number } for { $audience }: { $text }
timeline-channel = opened { $channel }
timeline-channel-refused = could not open a channel; Slack said `{ $code }`
timeline-silenced = could not be heard: Slack did not accept the bot token and said `{ $code }`; what there was to say waited
timeline-home-archived = moved to the thread: the channel was archived
timeline-home-removed = moved to the thread: I was taken out of the channel
timeline-home-deleted = moved to the thread: the channel was deleted
timeline-undelivered-card = could not post the card; { $answer }
timeline-undelivered-home-card = could not post the channel's card; { $answer }
timeline-undelivered-draft = could not post draft { $number }; { $answer }
timeline-undelivered-nag = could not send reminder { $number }; { $answer }
timeline-held-back = held reminder { $number } back: { $why }
timeline-held-back-direct = did not write to { $to }: { $why }
timeline-undelivered-direct = could not write to { $to }; { $answer }
timeline-undelivered-publication = could not publish draft { $number } in { $channel }; { $answer }
timeline-undelivered-invitation = could not invite { $users }; { $answer }
timeline-undelivered-message = could not post a message; { $answer }
timeline-undelivered-pin = could not pin the card; { $answer }
timeline-undelivered-refresh = could not bring { $what } up to date; { $answer }
timeline-slack-said = Slack said `{ $code }`
timeline-maybe-card = may or may not have posted the card: { $why }
timeline-maybe-home-card = may or may not have posted the channel's card: { $why }
timeline-maybe-draft = may or may not have posted draft { $number }: { $why }
timeline-maybe-nag = may or may not have sent reminder { $number }: { $why }
timeline-maybe-direct = may or may not have written to { $to }: { $why }
timeline-maybe-publication = may or may not have published draft { $number } in { $channel }: { $why }
timeline-maybe-message = may or may not have posted a message: { $why }
timeline-slack-silent = Slack never answered, and I cannot look
why-title = *Reminders of { $id }* · { $title }
why-earlier =
    { $count ->
        [one] One earlier row is not shown.
       *[other] { $count } earlier rows are not shown.
    }
why-finished = The incident is over: no reminder will follow.
why-nag = *Reminder { $number }* due { $due }
why-nag-unsent = *Reminder* due { $due }
why-acknowledgement = *Acknowledgement* due { $due }
why-waiting-nag = comes in { $left }, unless somebody posts an update first
why-waiting = { $left } left
why-due-now = due now
why-sent = sent { $time }
why-missed = nobody had acknowledged; noticed { $time }
why-on-time = on time
why-late = ({ $late } late)
why-on-its-way = on its way to Slack
why-failed = Slack never took it: `{ $code }`
why-unknown = nobody knows whether it was sent: Slack never answered, and I cannot look
why-held-back = not sent: { $why }
held-back-finished = the incident was over before Slack could take it
held-back-answered = somebody had answered before Slack could take it
held-back-replaced = the next reminder was due before Slack could take it
why-unanswered = no answer yet
why-answered-update = { $who } posted an update { $after } later
why-answered-no-change = { $who } answered “no change” { $after } later
why-answered-snooze = { $who } put the next one off { $after } later
why-answered-finished = { $who } ended the incident { $after } later
why-answered-again = nobody answered; the next reminder took its place
why-climbed-owner = { $to } told by direct message { $time }
why-climbed = { $to } called { $time }
why-climbed-nobody = nobody further to call { $time }
why-climb-held-back = { $to } not called: { $why }
why-spared-update = not sent: { $who } posted an update { $time }
why-spared-no-change = not sent: { $who } reported no change { $time }
why-spared-snoozed = not sent: { $who } put it off { $time }, until { $until }
why-spared-severity = moved: { $who } changed the severity { $time }
why-spared-acknowledged = met: { $who } acknowledged { $time }
why-spared-finished = not needed: { $who } ended the incident { $time }

## Refusals

refusal-acknowledged = { $who } acknowledged it { $time }. Say how it goes with `/incident update …`, or take it over with `/incident take`.
refusal-resolved = { $who } resolved it { $time }. If it is not over, reopen it: `/incident reopen REASON`
refusal-closed = { $who } closed it { $time }. If it is not over, reopen it: `/incident reopen REASON`
refusal-cancelled = { $who } cancelled it { $time }. If it is an incident after all, reopen it: `/incident reopen REASON`
refusal-not-resolved = Only a resolved incident can be closed. Resolve it first: `/incident resolve SUMMARY`
refusal-still-open = It is still open, so there is nothing to reopen. Say what is new with `/incident update …`
refusal-already-owner = { $who } owns it already. Hand it to somebody else with `/incident assign @name`
refusal-already-in-role = { $who } already has the role *{ $role }*. Give it to somebody else with `/incident assign @name { $role }`
refusal-same-status = The status is “{ $status }” already. To say more, add words: `/incident status { $name } We know why`
refusal-same-status-since = { $who } changed the status to “{ $status }” { $time }. To say more, add words: `/incident status { $name } We know why`
refusal-same-severity-since = { $who } set the severity to { $severity } { $time }. Choose another: { $known }
refusal-not-due-so-soon = The next reminder is not due before { $time }. Choose a longer time to put it off.
refusal-same-severity = The severity is { $severity } already. Choose another: { $known }
refusal-no-severity = Choose a severity: { $known }
refusal-unknown-severity = “{ $given }” is not a severity here; there are { $known }. If it belongs to the title, put a severity first: `/incident declare { $example } { $given } …`
refusal-no-status = Choose a status.
refusal-unknown-status = “{ $given }” is not a status. There are investigating, identified, monitoring and resolved: `/incident status identified`
refusal-unknown-service = “{ $given }” is not a known service. There are { $known }. New ones go into `services` in `balefire.toml`.
refusal-unknown-incident = There is no incident “{ $given }”. `/incident list all` shows which there are.
refusal-no-user = Choose a person.
refusal-unknown-user = I cannot tell who “{ $given }” is. Type `@` and pick the person from Slack's list: `/incident assign @name`
refusal-nearest-verb = I do not know “{ $given }”. Did you mean `/incident { $nearest }`?
refusal-unknown-verb = I do not know the command “{ $given }”. To declare an incident: `/incident declare { $given } …`; for everything else: `/incident help`
refusal-unknown-list = There is no list “{ $given }”. There are `/incident list open`, `/incident list mine` and `/incident list all`.
refusal-one-person = A role goes to one person. Assign them one after the other: `/incident assign @name comms`
refusal-no-incident-here = I cannot tell which incident you mean. Name one (`/incident list` shows them), or declare a new one: `/incident declare TITLE`
refusal-which = Which incident? Put its number after the verb, for example `/incident update { $id } …`
refusal-empty-title = An incident needs a title, for example { $example }
refusal-empty-draft = A draft needs some text. To drop it, press *Discard*.
refusal-empty-text = `{ $verb }` needs some words, for example { $example }
refusal-too-long = That is { $chars } characters, and { $most } fit. Shorten it, or say the rest in a second one.
refusal-no-duration = Choose for how long.
refusal-bad-duration = “{ $given }” is not a time span from one second to 24 hours. Write it like `30m` or `1h 30m`.
refusal-bad-date = “{ $given }” is not a date. Write it like `2026-06-01`, `tomorrow` or `friday`.
refusal-person-left = { $who } is no longer in this workspace. Choose somebody else.
refusal-no-audience = Whom is the draft for? `/incident draft stakeholders` (inside) or `/incident draft customers` (outside)
refusal-unknown-audience = There are no drafts for “{ $given }”. There are `/incident draft stakeholders` (inside) and `/incident draft customers` (outside).
refusal-unknown-draft = Draft { $number } is not kept any more. Write a new one: `/incident draft stakeholders` or `/incident draft customers`
refusal-draft-published = { $who } published this draft { $time }. To correct it, write a new one with `/incident draft …`
refusal-draft-discarded = { $who } discarded this draft { $time }. Write a new one with `/incident draft …`
refusal-nag-answered = { $who } has answered it already, { $time }. If something has changed since, press *Post update* on the card.
refusal-draft-replaced = { $who } replaced this draft with a newer one { $time }. Use that one; it is further down.
refusal-draft-not-approved =
    { $missing ->
        [one] This draft needs one more approval. Somebody has to press *Approve* first; it has { $have } so far.
       *[other] This draft needs { $missing } more approvals. Somebody has to press *Approve* first; it has { $have } so far.
    }
refusal-draft-yours-ready = You have approved it already. It is ready: press *Publish*.
refusal-draft-yours-waits = You have approved it already. Now somebody else has to.
refusal-draft-approved = { $who } approved it { $time }, and no more is needed. Press *Publish*.
refusal-draft-changed = { $who } changed the text { $time }, so nothing was done. Read the new text, then press the button under it again.
refusal-draft-not-fit = This text cannot be approved yet. Press *Edit* and mend:
refusal-draft-template = The template for this draft has a mistake: { $error }
    Mend the template, or take it away to use the built-in one.
refusal-already-declared = { $who } declared it as { $id } { $time }. See how it stands: `/incident show { $id }`
refusal-already-dismissed = { $who } said { $time } that this is not an incident. If it is one after all: `/incident declare TITLE`
refusal-unknown-report = I no longer know this report. Declare it by hand: `/incident declare TITLE`
refusal-unreadable-form = I cannot read this form any more, and nothing was saved. Copy your words, close it and open it again.
refusal-form-taken = An incident was declared from this form before, with what you wrote then; this was not recorded. Close the form and correct it there: `/incident list`
refusal-refused-before = Nothing was recorded. Slack delivered this a second time; the first time it could not be done. If you still want it, ask for it again.
refusal-not-there-yet = `/incident { $verb }` does not exist yet. `/incident help` shows what does.
refusal-needs-form = No form can open here. Put it in one line: `@Balefire { $verb } { $example }`
example-declare = P1 Checkout is down
example-update = Rolling back to v41, next 30m
example-status = identified The database is full
example-severity = P1 Only one region
example-assign = @alice
example-impact = Nobody can pay by card
example-eta = 15:30 UTC
example-service = payments, checkout
example-note = CPU is at 100 % on db-1
example-decision = We fail over to db-2
example-action = Add an alert for disk space @alice due friday
example-resolve = Rolled back to v41
example-reopen = The errors are back
example-cancel = It was a drill
example-snooze = 30m
example-draft = customers

## Forms

form-back = Back
form-save = Save
form-not-saved = Not done
form-declare = Declare an incident
form-declare-submit = Declare
form-title = What is broken?
form-title-example = Checkout is down
form-severity-label = Severity
form-severity-hint = Left open, it is guessed from the title. It can be changed at any time.
form-service-label = Affected services
form-service-hint = Several are separated by commas.
form-impact-label = Impact: who notices, and how?
form-impact-example = Nobody can pay by card
form-owner-label = Owner
form-owner-hint = Left open, the rota decides; without one it is you.
form-update = Post an update
form-update-submit = Post
form-update-text = Where does it stand?
form-update-example = What has changed, what happens next?
form-next-label = Next update in
form-next-as-usual = As usual
form-next-as-usual-in = As usual: { $span }
form-status = Change status
form-status-label = Status
form-status-text = What do people need to know?
form-status-hint = With words it counts as a status update.
form-severity = Change severity
form-severity-reason = Why?
form-assign = Assign
form-assign-submit = Assign
form-for-label = Who?
form-for-hint = Only for an action.
form-role-label = Role
form-role-example = owner
form-role-hint = Left empty: owner. Others by the names your team uses, such as comms or scribe.
form-impact = Impact and ETA
form-eta = Expected recovery
form-eta-label = When is it expected to work again?
form-eta-example = 15:30 UTC, or: not known yet
form-services = Affected services
form-record = Add to the timeline
form-kind-label = What is it?
form-kind-note = Note
form-kind-decision = Decision
form-kind-action = Action to follow up
form-record-text = Text
form-due-label = Due
form-resolve = Resolve the incident
form-resolve-submit = Resolve
form-summary-label = What was it, and what mended it?
form-summary-example = A full disk; rolled back to v41
form-reopen = Reopen the incident
form-reopen-submit = Reopen
form-reopen-reason = Why is it not over?
form-cancel = Cancel the incident
form-cancel-submit = Cancel incident
form-cancel-reason = Why is it no incident?
form-snooze = Snooze the reminder
form-snooze-submit = Snooze
form-snooze-label = Remind again in
form-snooze-hint = Everybody sees who put it off and until when.
form-draft = Edit the draft
form-draft-text = Text
form-draft-hint = Any change takes the approvals back.

## Help

help-begin = *Begin*
    `/incident declare [SEVERITY] [TITLE]` — declare an incident; without a title a form opens, `service:NAME` names a service
    `/incident ack` — acknowledge: somebody is on it
help-people = *Who*
    `/incident take [ROLE]` — take a role, by default that of the owner
    `/incident assign @name [ROLE]` — give a role to somebody
help-say = *Say how it stands*
    `/incident update TEXT` — post an update; may end in `next 30m`
    `/incident status investigating|identified|monitoring|resolved [TEXT]`
    `/incident severity SEVERITY [REASON]`
    `/incident impact TEXT` — who notices, and how
    `/incident eta TEXT` — when it is expected to work again
    `/incident service NAME` — affected services, separated by commas
    `/incident note TEXT` — put a note on the timeline
    `/incident decision TEXT` — put a decision on the timeline
    `/incident action TEXT [@name] [due DATE]` — something to do afterwards
help-drafts = *Tell others*
    `/incident draft stakeholders|customers` — write a draft; nothing goes out before somebody approves it
help-nags = *Reminders*
    `/incident snooze 30m` — put the next reminder off
    `/incident why` — every reminder: when it was due, when it was sent or why not
help-end = *End*
    `/incident resolve [SUMMARY]` — it works again
    `/incident close` — nothing is left to do
    `/incident reopen REASON` — it was not over
    `/incident cancel REASON` — it was no incident
help-look = *Look*
    `/incident` — what waits for you
    `/incident show [INC-…]` — how one stands
    `/incident timeline [INC-…]` — what happened
    `/incident list [open|mine|all]`
    `/incident help [VERB]`
help-places = In an incident's channel the incident is understood; elsewhere name it after the verb: `/incident update INC-2026-001 …`. Slack takes no commands in threads: there, put the same words after a mention: `@Balefire update …`
help-example = For example { $example }

## The front door: when an answer would come too late or not at all

ingress-late = Still working on it. It goes on in the background; look at the incident in a moment before you do it again.
ingress-broken = Something went wrong on my side and was logged. Look at the incident before you do it again.
ingress-unreadable = I could not read that command. Type it again; `help` behind the command shows what I understand.
