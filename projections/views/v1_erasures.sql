-- It counts once both bodies have named the same records for the same reason.
CREATE OR REPLACE VIEW v1_erasures
(
    erasure_id LowCardinality(String) COMMENT 'Its id',
    reason LowCardinality(String) COMMENT 'Why: a code of docs/domain.md',
    records UInt32 COMMENT 'How many records it names',
    status String COMMENT 'waiting for the other body, or counts',
    proposed_day Nullable(Date) COMMENT 'The day on which the administration said it',
    signed_day Nullable(Date) COMMENT 'The day on which the supervisor said it',
    seq UInt64 COMMENT 'The block in which it was last said'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH said AS
(
    SELECT erasure_id, org, reason, named, records, received_day, seq AS block
    FROM erasures FINAL
    ORDER BY erasure_id, org, block DESC
    LIMIT 1 BY erasure_id, org
)
SELECT
    erasure_id,
    toLowCardinality(argMax(said.reason, block)) AS reason,
    argMax(said.records, block) AS records,
    if(uniqExact(org) = 2 AND uniqExact(said.reason, named) = 1, 'counts', 'waiting') AS status,
    anyIf(toNullable(received_day), org = 'ADMIN') AS proposed_day,
    anyIf(toNullable(received_day), org = 'SUPERVISOR') AS signed_day,
    max(block) AS seq
FROM said
GROUP BY erasure_id
COMMENT 'What the two bodies said of erasing the people of records'
