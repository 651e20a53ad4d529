-- What the log says, laid out for reading. It is rebuilt from the log when it is missing, as far
-- as the log goes back: what was trimmed is here alone. Times are milliseconds since the Unix epoch; ids are 16 bytes.

CREATE TABLE IF NOT EXISTS position (
    -- Always 1: the table has one row.
    only INTEGER PRIMARY KEY CHECK (only = 1),
    -- Offset after the last record whose rows are in these tables.
    next_offset INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS conversations (
    id BLOB PRIMARY KEY,
    -- Key of the site the visitor was on.
    site TEXT NOT NULL,
    visitor BLOB NOT NULL,
    -- Of the visitor's first message: `en`, `zh`.
    locale TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    -- `pending`, `open`, `snoozed` or `resolved`.
    status TEXT NOT NULL,
    -- The agent it was last assigned to; NULL when nobody.
    assignee BLOB
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS messages (
    conversation BLOB NOT NULL,
    -- Place in the conversation, from 1, without gaps.
    seq INTEGER NOT NULL,
    id BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    -- JSON of the author: visitor, bot, agent or system.
    author TEXT NOT NULL,
    -- JSON of the body: a text, an answer, choices or a notice.
    body TEXT NOT NULL,
    -- JSON of what the text was understood as; NULL when it was not.
    understanding TEXT,
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS messages_by_id ON messages (conversation, id);

CREATE TABLE IF NOT EXISTS tallies (
    -- Made by the browser; counting twice is prevented by it.
    id BLOB PRIMARY KEY,
    site TEXT NOT NULL,
    -- The FAQ entry that was answered with.
    entry TEXT NOT NULL,
    pack_version TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
