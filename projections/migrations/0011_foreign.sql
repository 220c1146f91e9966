-- Messages that did not count, in every topic. Frozen: a change is a new file.
-- What `blocks` and `stage_keys` did not have is filled in with the new group's table, for which
-- the projector begins at the first message.

CREATE TABLE IF NOT EXISTS foreign_messages
(
    topic LowCardinality(String),
    org LowCardinality(String),
    message_offset UInt64,
    kind LowCardinality(String),
    day Nullable(Date)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, org, message_offset);

CREATE TABLE IF NOT EXISTS _watched
(
    topic String,
    next_offset UInt64,
    next_seq UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY topic;

ALTER TABLE blocks ADD COLUMN IF NOT EXISTS keys_offset Nullable(UInt64);
ALTER TABLE blocks ADD COLUMN IF NOT EXISTS keys_id String;
