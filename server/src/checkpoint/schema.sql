-- What shards and catalogue were when the log stood at an offset. Once the log was trimmed, what
-- it held before is here alone. Times are milliseconds since the Unix epoch; ids are 16 bytes.

CREATE TABLE IF NOT EXISTS standing (
    -- Always 1: the table has one row.
    only INTEGER PRIMARY KEY CHECK (only = 1),
    -- Every record before this offset is in these tables; later ones may be.
    next_offset INTEGER NOT NULL,
    -- The same for the catalogue's records, and none of them is in `catalog` from here on.
    catalog_next_offset INTEGER NOT NULL
);

-- Records that lead to the catalogue, in order.
CREATE TABLE IF NOT EXISTS catalog (
    place INTEGER PRIMARY KEY,
    record BLOB NOT NULL
);

-- Apart from the states, so that a start reads these rows only.
CREATE TABLE IF NOT EXISTS roster (
    conversation BLOB PRIMARY KEY,
    visitor BLOB NOT NULL,
    -- Until then it is kept in memory though nobody speaks.
    warm_until_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS states (
    conversation BLOB PRIMARY KEY,
    -- As its shard writes it.
    state BLOB NOT NULL
);
