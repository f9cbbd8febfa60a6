-- Until when a row was on its way. A machine that sleeps amid a call wakes up long after it sent it, and Slack may have
-- taken the message at either end.

ALTER TABLE outbox ADD COLUMN sent_until BIGINT;
