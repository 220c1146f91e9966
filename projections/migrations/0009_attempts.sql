-- What was checked of a finding, each attempt to decide, the confirmed excess, both signatures of a
-- policy. Frozen: a change is a new file. The SQL of the views stands in views/, one file each.
-- `decisions` is made anew under a key that keeps every attempt; the projector fills it from the
-- beginning of the log, like every table of a new group (tables.TABLE_GROUPS).

ALTER TABLE findings ADD COLUMN IF NOT EXISTS need_id String;
ALTER TABLE findings ADD COLUMN IF NOT EXISTS enrolment_id String;
ALTER TABLE findings ADD COLUMN IF NOT EXISTS checks String;
ALTER TABLE excess ADD COLUMN IF NOT EXISTS amount_confirmed Nullable(Decimal(18, 3));
ALTER TABLE excess ADD COLUMN IF NOT EXISTS district LowCardinality(String);
ALTER TABLE policies ADD COLUMN IF NOT EXISTS key_id LowCardinality(String);
ALTER TABLE policies ADD COLUMN IF NOT EXISTS supervised Bool;

DROP TABLE IF EXISTS decisions;

CREATE TABLE IF NOT EXISTS decisions
(
    act         LowCardinality(String),
    decision_id String,
    version     UInt32,
    finding_id  String,
    revision    UInt32,
    case_id     String,
    org         LowCardinality(String),
    decided_by  LowCardinality(String),
    role        LowCardinality(String),
    decision    LowCardinality(String),
    reason      LowCardinality(String),
    effect      LowCardinality(String),
    decided_day Date,
    seq         UInt64,
    position    UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (act, decision_id, seq, position);

CREATE TABLE IF NOT EXISTS policy_signatures
(
    version      UInt32,
    signed_by    LowCardinality(String),
    key_id       LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY version;

CREATE TABLE IF NOT EXISTS signing_keys
(
    key_id       LowCardinality(String),
    version      UInt32,
    org          LowCardinality(String),
    user         LowCardinality(String),
    role         LowCardinality(String),
    status       LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (key_id, version);

CREATE TABLE IF NOT EXISTS _views
(
    name   String,
    digest String
)
ENGINE = ReplacingMergeTree
ORDER BY name;
