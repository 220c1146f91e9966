CREATE TABLE IF NOT EXISTS policies
(
    version       UInt32,
    in_force_from Date,
    rules         String,
    signed_by     LowCardinality(String),
    seq           UInt64,
    item          UInt32,
    received_day  Date
)
ENGINE = ReplacingMergeTree
ORDER BY version;

CREATE VIEW IF NOT EXISTS v1_policies DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT version, in_force_from, rules, signed_by, seq, received_day
FROM policies FINAL
ORDER BY version
COMMENT 'Every version of the policy; rules is JSON, without the tokens of placeholder numbers';
