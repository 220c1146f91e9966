CREATE OR REPLACE VIEW v1_stage_keys
(
    stage String COMMENT 'intake, registry or receipts',
    key_id String COMMENT 'Id of the key: it stands in each message that was signed with it',
    begins Int64 COMMENT 'The block that introduced it; -1: genesis named it',
    ends Nullable(UInt64) COMMENT 'The block that ended it; NULL: it goes on',
    status String COMMENT 'active or revoked'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT stage, key_id, begins, ends, if(ends IS NULL, 'active', 'revoked') AS status
FROM
(
    SELECT any(stage_keys.stage) AS stage,
        -- events.signing.key_id
        lower(substring(hex(SHA256(unhex(public_key))), 1, 16)) AS key_id,
        if(min(version) = 0, -1, toInt64(min(stage_keys.seq))) AS begins,
        minOrNullIf(stage_keys.seq, stage_keys.status = 'revoked') AS ends
    FROM stage_keys FINAL GROUP BY public_key
)
ORDER BY begins, stage, key_id
COMMENT 'The keys with which the stages sign, and for which blocks each counts'
