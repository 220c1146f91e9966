CREATE OR REPLACE VIEW v1_inquiries
(
    org LowCardinality(String) COMMENT 'The organisation that asked',
    inquiry_id String COMMENT 'Made by the partner for this question alone',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    reason LowCardinality(String)
        COMMENT 'application, recertification, new-member, referral, other; empty if asked before reasons were',
    programme LowCardinality(String) COMMENT 'The programme that would pay',
    purpose LowCardinality(String) COMMENT 'What it would be for',
    modality LowCardinality(String) COMMENT 'cash, voucher, in-kind or service',
    frequency LowCardinality(String) COMMENT 'Once, or how often it would come again',
    covers_from Date COMMENT 'First day of the window that was asked about',
    covers_to Date COMMENT 'First day after that window',
    district LowCardinality(String) COMMENT 'OCHA p-code of the district',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it',
    tokens_epoch LowCardinality(String) COMMENT 'Key epoch of its tokens; two, joined by -, in an overlap'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, inquiry_id, version, reason, programme, purpose, modality, frequency, covers_from,
    covers_to, district, assurance, seq, received_day, tokens_epoch
FROM inquiries FINAL
WHERE concat(org, ' ', inquiry_id) NOT IN (SELECT record FROM protected_records WHERE kind = 'inquiry')
ORDER BY org, inquiry_id, version DESC
LIMIT 1 BY org, inquiry_id
COMMENT 'The questions that were asked without a plan, and why; what was answered is the asker''s alone'
