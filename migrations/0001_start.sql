-- One text for SQLite and Postgres: TEXT and BIGINT only, times in milliseconds since 1970 (UTC), JSON as TEXT.
-- What the types in src/domain promise is promised here once more.

CREATE TABLE incidents (
    team TEXT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    -- Counts the saves, so that nobody overwrites what they have not read.
    revision BIGINT NOT NULL,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    owner TEXT,
    -- The incident's own channel.
    channel TEXT,
    -- The card in the incidents channel; its thread belongs to the incident.
    card_channel TEXT,
    card_ts TEXT,
    -- NULL: Balefire itself.
    declared_by TEXT,
    declared_at BIGINT NOT NULL,
    finished_at BIGINT,
    next_wake_at BIGINT,
    -- The whole incident. The columns above repeat what is searched for.
    body TEXT NOT NULL,
    PRIMARY KEY (team, year, number),
    CONSTRAINT number_counts_from_one CHECK (number >= 1 AND revision >= 1),
    CONSTRAINT status_is_known CHECK (status IN ('declared', 'investigating', 'identified', 'monitoring', 'resolved', 'closed', 'cancelled')),
    CONSTRAINT only_the_open_are_woken CHECK ((status IN ('declared', 'investigating', 'identified', 'monitoring')) = (next_wake_at IS NOT NULL)),
    CONSTRAINT only_the_open_are_unfinished CHECK ((status IN ('declared', 'investigating', 'identified', 'monitoring')) = (finished_at IS NULL)),
    CONSTRAINT card_is_whole CHECK ((card_channel IS NULL) = (card_ts IS NULL))
);

CREATE INDEX incidents_due ON incidents (next_wake_at) WHERE next_wake_at IS NOT NULL;
CREATE INDEX incidents_open ON incidents (team, year, number) WHERE finished_at IS NULL;
CREATE INDEX incidents_by_number ON incidents (team, number, year);
CREATE INDEX incidents_by_channel ON incidents (team, channel) WHERE channel IS NOT NULL;
CREATE INDEX incidents_by_card ON incidents (team, card_channel, card_ts) WHERE card_ts IS NOT NULL;

CREATE TABLE timeline (
    team TEXT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    -- From 1, without gaps.
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- NULL: Balefire itself.
    actor TEXT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (team, year, number, seq),
    CONSTRAINT entry_is_of_an_incident FOREIGN KEY (team, year, number) REFERENCES incidents (team, year, number),
    CONSTRAINT seq_counts_from_one CHECK (seq >= 1)
);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    team TEXT NOT NULL,
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- 0: matters by itself. 1: a refresh, which holds nothing up.
    rank BIGINT NOT NULL,
    -- Of several refreshes with one slot only the newest waits.
    slot TEXT,
    incident_year BIGINT,
    incident_number BIGINT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    -- Since when it may have reached Slack. On a pending row: nobody knows whether it did.
    sent_at BIGINT,
    lease_until BIGINT,
    done_at BIGINT,
    -- Where Slack put it.
    channel TEXT,
    ts TEXT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT row_is_of_an_incident FOREIGN KEY (team, incident_year, incident_number) REFERENCES incidents (team, year, number),
    CONSTRAINT incident_is_whole CHECK ((incident_year IS NULL) = (incident_number IS NULL)),
    CONSTRAINT state_is_known CHECK (state IN ('pending', 'sending', 'sent', 'given_up')),
    CONSTRAINT only_refreshes_have_a_slot CHECK (rank IN (0, 1) AND (rank = 1) = (slot IS NOT NULL)),
    CONSTRAINT only_the_sending_are_leased CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CONSTRAINT lease_begins_when_sent CHECK (lease_until IS NULL OR (sent_at IS NOT NULL AND lease_until >= sent_at)),
    CONSTRAINT only_the_done_are_done CHECK ((state IN ('sent', 'given_up')) = (done_at IS NOT NULL)),
    CONSTRAINT only_the_sent_are_somewhere CHECK (ts IS NULL OR (state = 'sent' AND channel IS NOT NULL)),
    CONSTRAINT giving_up_has_a_reason CHECK (state <> 'given_up' OR last_error IS NOT NULL),
    CONSTRAINT counts_are_counts CHECK (attempts >= 0 AND seq >= 1)
);

CREATE UNIQUE INDEX outbox_order ON outbox (lane, seq);
-- One at a time in a lane, whoever claims.
CREATE UNIQUE INDEX outbox_in_flight ON outbox (lane) WHERE state = 'sending';
CREATE UNIQUE INDEX outbox_slots ON outbox (lane, slot) WHERE state = 'pending' AND slot IS NOT NULL;
CREATE INDEX outbox_due ON outbox (rank, not_before, lane, seq) WHERE state = 'pending';
CREATE INDEX outbox_heads ON outbox (lane, rank, seq) WHERE state = 'pending';
CREATE INDEX outbox_leases ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

-- What has been acted on, so that what Slack delivers twice is acted on once.
CREATE TABLE inbox (
    key TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

CREATE INDEX inbox_by_age ON inbox (at);

-- What people typed lately, so that a command typed again is asked about.
CREATE TABLE typed (
    team TEXT NOT NULL,
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (team, person, channel, fingerprint)
);

CREATE INDEX typed_by_age ON typed (at);

-- Messages in the incidents channel that sound like an incident.
CREATE TABLE reports (
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    title_guess TEXT NOT NULL,
    severity_guess TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    -- Our offer to declare, once Slack has taken it.
    offer_ts TEXT,
    state TEXT NOT NULL,
    settled_by TEXT,
    settled_at BIGINT,
    incident_year BIGINT,
    incident_number BIGINT,
    PRIMARY KEY (team, channel, ts),
    CONSTRAINT report_is_of_an_incident FOREIGN KEY (team, incident_year, incident_number) REFERENCES incidents (team, year, number),
    CONSTRAINT state_is_known CHECK (state IN ('offered', 'declared', 'dismissed')),
    CONSTRAINT settled_is_whole CHECK ((state = 'offered') = (settled_by IS NULL) AND (state = 'offered') = (settled_at IS NULL)),
    CONSTRAINT incident_is_whole CHECK ((state = 'declared') = (incident_year IS NOT NULL) AND (state = 'declared') = (incident_number IS NOT NULL))
);

-- Which incident a message with a 📌 was put on.
CREATE TABLE pins (
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (team, channel, ts),
    CONSTRAINT pin_is_of_an_incident FOREIGN KEY (team, year, number) REFERENCES incidents (team, year, number)
);
