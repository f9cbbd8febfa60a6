-- Lanes: what is due is found without reading what waits behind it. Kept up to date by every transaction that touches
-- a lane, before it commits.

CREATE TABLE lanes (
    lane TEXT PRIMARY KEY,
    -- The row in flight, or else the first to be sent.
    head TEXT NOT NULL,
    -- The head's.
    rank BIGINT NOT NULL,
    -- When the head may be sent or, when it is in flight, when its lease ends.
    next_at BIGINT NOT NULL,
    -- Since when the head waits.
    since BIGINT NOT NULL,
    CONSTRAINT rank_is_known CHECK (rank IN (0, 1))
);

CREATE INDEX lanes_due ON lanes (rank, next_at, since, lane);

-- When Slack may be called again, by workspace and method or channel; for all replicas.
CREATE TABLE pacing (
    key TEXT PRIMARY KEY,
    free_at BIGINT NOT NULL
);

CREATE INDEX pacing_by_age ON pacing (free_at);

CREATE INDEX outbox_undone ON outbox (lane, rank, seq) WHERE done_at IS NULL;

INSERT INTO lanes (lane, head, rank, next_at, since)
SELECT lane, id, rank, COALESCE(lease_until, not_before), created_at
  FROM outbox
 WHERE done_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM outbox earlier
                    WHERE earlier.lane = outbox.lane AND earlier.done_at IS NULL AND earlier.id <> outbox.id
                      AND (earlier.state = 'sending'
                           OR (outbox.state <> 'sending'
                               AND (earlier.rank < outbox.rank OR (earlier.rank = outbox.rank AND earlier.seq < outbox.seq)))));

DROP INDEX outbox_due;
DROP INDEX outbox_heads;
