-- Frozen: a change is a new file.

CREATE TABLE IF NOT EXISTS inquiries
(
    org LowCardinality(String),
    inquiry_id String,
    version UInt32,
    reason LowCardinality(String),
    about String,
    programme LowCardinality(String),
    purpose LowCardinality(String),
    modality LowCardinality(String),
    frequency LowCardinality(String),
    covers_from Date,
    covers_to Date,
    district LowCardinality(String),
    assurance LowCardinality(String),
    seq UInt64,
    item UInt32,
    received_day Date,
    tokens_epoch LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (org, inquiry_id, version);
