CREATE OR REPLACE VIEW v1_needs
(
    org LowCardinality(String) COMMENT 'The organisation that signed it',
    need_id String COMMENT 'Made by the partner from its own reference',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    purpose LowCardinality(String) COMMENT 'What is needed',
    assessed_on Date COMMENT 'The day of the assessment',
    closed_on Nullable(Date) COMMENT 'The day it was closed; NULL while open',
    district LowCardinality(String) COMMENT 'OCHA p-code of the district',
    household_size Nullable(UInt32) COMMENT 'Persons; NULL if not known',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it',
    tokens_epoch LowCardinality(String) COMMENT 'Key epoch of its tokens; two, joined by -, in an overlap'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, need_id, version, purpose, assessed_on, closed_on, district, household_size,
    assurance, seq, received_day, tokens_epoch
FROM needs FINAL
WHERE concat(org, ' ', need_id) NOT IN (SELECT record FROM protected_records WHERE kind = 'need')
ORDER BY org, need_id, version DESC
LIMIT 1 BY org, need_id
COMMENT 'The current version of every assessed need'
