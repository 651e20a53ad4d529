-- Search, reports and the audit log. What was here before is indexed and added up piece by piece
-- while the server runs: `unindexed` and `uncounted` hold what is left of it.

-- Ids are in order of time.
CREATE INDEX conversations_by_visitor ON conversations (visitor, id);

CREATE TABLE audit (
    -- Offset of its record in the log: the order of things.
    place INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    -- JSON of who did what.
    entry TEXT NOT NULL
);

CREATE TABLE docs (
    -- Grows with time; those from before this table existed lie below zero.
    doc INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
);

-- Words of messages, made in Rust and separated by spaces; `#` begins what is no word: who wrote it
-- and on which site. Only whether a word is in a message is kept, not where.
CREATE VIRTUAL TABLE words USING fts5(
    text, content = '', detail = none, columnsize = 0, tokenize = "ascii tokenchars '#-_'"
);

CREATE TABLE tracked (
    conversation BLOB PRIMARY KEY,
    -- JSON of what has to be known to count its next message.
    state TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE measures (
    -- Hours since the Unix epoch.
    hour INTEGER NOT NULL,
    site TEXT NOT NULL,
    -- What is counted: see `measures.rs`.
    measure INTEGER NOT NULL,
    -- An agent's id or an intent; empty where it is about neither.
    subject TEXT NOT NULL,
    -- Of a duration or a rating; 0 where it is neither.
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    -- Seconds.
    sum_s REAL NOT NULL,
    PRIMARY KEY (hour, site, measure, subject, bucket)
) WITHOUT ROWID;

CREATE TABLE questions (
    -- Offset of the record that made it one: later questions have higher numbers.
    number INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    message BLOB NOT NULL,
    site TEXT NOT NULL,
    -- The visitor's: `en`, `zh`.
    locale TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    -- Id of what the bot says or said to it.
    reply BLOB NOT NULL,
    -- JSON of what became of it; NULL while nobody said anything.
    outcome TEXT,
    -- 1 when somebody called the answer wrong.
    flagged INTEGER NOT NULL DEFAULT 0,
    -- 1 when an owner looked at it.
    settled INTEGER NOT NULL DEFAULT 0,
    -- The entry that an owner found to answer it.
    right_entry TEXT
);

CREATE UNIQUE INDEX questions_by_message ON questions (message, conversation);
CREATE INDEX questions_by_site ON questions (site, number);
CREATE INDEX questions_by_reply ON questions (reply);

CREATE TABLE faq_changes (
    -- Offset of the record.
    number INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    -- NULL when it is about no single entry.
    entry TEXT,
    at_ms INTEGER NOT NULL,
    -- JSON of the agent; NULL when it was done beside a stopped server.
    editor TEXT,
    -- JSON of what was changed.
    change TEXT NOT NULL
);

CREATE INDEX faq_changes_by_site ON faq_changes (site, number);

CREATE TABLE unindexed (
    -- In order of time.
    place INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    seq INTEGER NOT NULL
);

INSERT INTO unindexed (conversation, seq)
SELECT conversation, seq FROM messages ORDER BY at_ms, conversation, seq;

CREATE TABLE uncounted (conversation BLOB PRIMARY KEY) WITHOUT ROWID;

INSERT INTO uncounted SELECT id FROM conversations;

-- 4: answered in a browser, without a conversation.
INSERT INTO measures
SELECT at_ms / 3600000, site, 4, '', 0, count(*), 0 FROM tallies GROUP BY 1, 2;
