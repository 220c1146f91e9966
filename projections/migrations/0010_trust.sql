-- Frozen: a change is a new file.

CREATE TABLE IF NOT EXISTS stage_keys
(
    public_key String,
    version UInt32,
    stage LowCardinality(String),
    status LowCardinality(String),
    seq UInt64,
    item UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (public_key, version);

ALTER TABLE _cursor ADD COLUMN IF NOT EXISTS trust String;
