-- Not its row in the submission: no missing row shall name a protected record.
CREATE OR REPLACE VIEW v1_assistance_versions
(
    org LowCardinality(String) COMMENT 'The organisation that signed it',
    assistance_id String COMMENT 'Made by the partner from its own reference',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    stage LowCardinality(String) COMMENT 'planned, delivered, amended, cancelled or returned',
    programme LowCardinality(String) COMMENT 'The programme that pays',
    purpose LowCardinality(String) COMMENT 'What it is for',
    level LowCardinality(String) COMMENT 'Whom it is for: household or beneficiary',
    modality LowCardinality(String) COMMENT 'cash, voucher, in-kind or service',
    delivery_mechanism LowCardinality(String) COMMENT 'How it reaches the person',
    frequency LowCardinality(String) COMMENT 'Once, or how often it comes again',
    instalment_no Nullable(UInt32) COMMENT 'Which instalment; NULL if there are none',
    instalment_of Nullable(UInt32) COMMENT 'Of how many; NULL if there are none',
    covers_from Date COMMENT 'First day of the declared window',
    covers_to Date COMMENT 'First day after the declared window',
    event_date Nullable(Date) COMMENT 'When it happened; NULL if not given',
    amount Decimal(18, 3) COMMENT 'Transfer value',
    currency LowCardinality(String) COMMENT 'Currency of the amount',
    value_estimated Bool COMMENT 'True: the value is estimated (in kind)',
    quantity Nullable(Decimal(18, 3)) COMMENT 'Of aid in kind; NULL if not given',
    unit LowCardinality(String) COMMENT 'Of the quantity, or empty',
    household_size Nullable(UInt32) COMMENT 'Persons; NULL if not known',
    household_as_of Nullable(Date) COMMENT 'The day of that knowledge; NULL if not given',
    district LowCardinality(String) COMMENT 'OCHA p-code of the district',
    override_reason LowCardinality(String) COMMENT 'Why delivered after a warning, or empty',
    returned_amount Nullable(Decimal(18, 3)) COMMENT 'Returned so far; NULL if nothing was',
    returned_reason LowCardinality(String) COMMENT 'Why it was returned, or empty',
    replaces String COMMENT 'The assistance that this one replaces, or empty',
    lawful_basis_code LowCardinality(String) COMMENT 'Of the processing, or empty',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it',
    tokens_epoch LowCardinality(String) COMMENT 'Key epoch of its tokens; two, joined by -, in an overlap'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, assistance_id, version, stage, programme, purpose, level, modality,
    delivery_mechanism, frequency, instalment_no, instalment_of, covers_from, covers_to,
    event_date, amount, currency, value_estimated, quantity, unit, household_size,
    household_as_of, district, override_reason, returned_amount, returned_reason, replaces,
    lawful_basis_code, assurance, seq, received_day, tokens_epoch
FROM assistance FINAL
WHERE concat(org, ' ', assistance_id) NOT IN (SELECT record FROM protected_records WHERE kind = 'assistance')
COMMENT 'Every accepted version of every assistance'
