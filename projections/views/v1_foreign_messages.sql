CREATE OR REPLACE VIEW v1_foreign_messages
(
    topic LowCardinality(String) COMMENT 'submissions, journal, keys, findings or receipts',
    org LowCardinality(String) COMMENT 'Whose receipts; empty in other topics',
    message_offset UInt64 COMMENT 'Its offset in that topic: the pointer, there is no payload',
    kind LowCardinality(String) COMMENT 'foreign: not ours; repeat: signed, and said before',
    day Nullable(Date) COMMENT 'The day in force when it was counted; NULL before the first'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT topic, org, message_offset, kind, day
FROM foreign_messages FINAL
UNION ALL
-- a refused message has an organisation if its signature was right: then it is that one's mistake
SELECT toLowCardinality('submissions'), toLowCardinality(''), source_offset,
    toLowCardinality('foreign'), toNullable(received_day)
FROM submissions FINAL WHERE submissions.org = '' AND submissions.reason != ''
COMMENT 'One row for each message of a topic that nobody of ours wrote, or that was written again'
