CREATE OR REPLACE VIEW v1_case_parties
(
    case_id String COMMENT 'The case',
    org LowCardinality(String) COMMENT 'The organisation that is asked',
    asked_day Date COMMENT 'When it was asked',
    acknowledge_by Date COMMENT 'By when to acknowledge',
    acknowledged_day Nullable(Date) COMMENT 'When it did; NULL: not yet',
    reply_by Date COMMENT 'By when to reply',
    replied_day Nullable(Date) COMMENT 'When it did; NULL: not yet',
    fact LowCardinality(String) COMMENT 'The coded fact of its reply, or empty',
    seq UInt64 COMMENT 'The block whose answer brought it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT case_id, org, asked_day, acknowledge_by, acknowledged_day, reply_by, replied_day, fact, seq
FROM case_parties FINAL
WHERE (case_id, revision) IN (SELECT case_id, revision FROM current_cases)
    AND case_id IN (SELECT case_id FROM shown_cases)
COMMENT 'Who is asked about a case that is open, by when, and what they answered'
