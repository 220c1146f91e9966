CREATE OR REPLACE VIEW v1_enrolments
(
    org LowCardinality(String) COMMENT 'The organisation that signed it',
    enrolment_id String COMMENT 'Made by the partner from its own reference',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    programme LowCardinality(String) COMMENT 'The programme',
    started_on Date COMMENT 'First day in it',
    ended_on Nullable(Date) COMMENT 'The day it ended; NULL while it runs',
    end_reason LowCardinality(String) COMMENT 'Why it ended, or empty',
    district LowCardinality(String) COMMENT 'OCHA p-code of the district, or empty',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it',
    tokens_epoch LowCardinality(String) COMMENT 'Key epoch of its tokens; two, joined by -, in an overlap'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, enrolment_id, version, programme, started_on, ended_on, end_reason, district,
    assurance, seq, received_day, tokens_epoch
FROM enrolments FINAL
WHERE concat(org, ' ', enrolment_id) NOT IN (SELECT record FROM protected_records WHERE kind = 'enrolment')
ORDER BY org, enrolment_id, version DESC
LIMIT 1 BY org, enrolment_id
COMMENT 'The current version of every time in a programme'
