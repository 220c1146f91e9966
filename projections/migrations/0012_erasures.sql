-- Frozen: a change is a new file.

CREATE TABLE IF NOT EXISTS erasures
(
    erasure_id LowCardinality(String),
    org LowCardinality(String),
    version UInt32,
    reason LowCardinality(String),
    named String,
    records UInt32,
    key_id LowCardinality(String),
    seq UInt64,
    item UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (erasure_id, org, version);
