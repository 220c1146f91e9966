CREATE OR REPLACE VIEW v1_assurance
(
    org LowCardinality(String) COMMENT 'The organisation',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens: threshold, single or hmac',
    tokens_epoch LowCardinality(String) COMMENT 'Their key epoch; none without tokens',
    submissions UInt64 COMMENT 'Submissions so made',
    records UInt64 COMMENT 'Records in them',
    accepted UInt64 COMMENT 'How many were accepted',
    last_day Date COMMENT 'The day of the last'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, assurance, tokens_epoch, count() AS submissions, sum(submissions.records) AS records,
    sum(submissions.accepted) AS accepted, max(received_day) AS last_day
FROM submissions FINAL
WHERE assurance != ''
GROUP BY org, assurance, tokens_epoch
ORDER BY org, assurance, tokens_epoch
COMMENT 'What each organisation sent, by the way its tokens were made and their epoch'
