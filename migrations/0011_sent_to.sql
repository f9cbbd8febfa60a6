-- Where a row was sent. Until its message is looked for, the incident may have gone on to speak somewhere else.

ALTER TABLE outbox ADD COLUMN sent_to TEXT;
