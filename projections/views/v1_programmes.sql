CREATE OR REPLACE VIEW v1_programmes
(
    programme LowCardinality(String) COMMENT 'Its code',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    owner LowCardinality(String) COMMENT 'The organisation that runs it',
    donor String COMMENT 'Who pays for it, or empty',
    purpose LowCardinality(String) COMMENT 'What it is for, or empty',
    budget Nullable(Decimal(18, 3)) COMMENT 'NULL if not given',
    currency LowCardinality(String) COMMENT 'Of the budget, or empty',
    starts Nullable(Date) COMMENT 'First day; NULL if not given',
    ends Nullable(Date) COMMENT 'Last day; NULL if not given',
    complements Array(String) COMMENT 'Programmes that it declares to complement',
    signed_by LowCardinality(String) COMMENT 'The organisation that signed it',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT programme, version, owner, donor, purpose, budget, currency, starts, ends, complements,
    signed_by, seq, received_day
FROM programmes FINAL
ORDER BY programme, version DESC
LIMIT 1 BY programme
COMMENT 'The current version of every programme'
