CREATE OR REPLACE VIEW v1_rejections
(
    submission_id String COMMENT 'The submission it was in',
    org LowCardinality(String) COMMENT 'The organisation that signed it',
    row_no UInt32 COMMENT 'Its place in the submission, from 1; 0: the whole message',
    reason LowCardinality(String) COMMENT 'A code of the closed list of reasons',
    source_offset UInt64 COMMENT 'Offset of the message in aid-submissions',
    records UInt32 COMMENT '1, or how many records the refused message held',
    field String COMMENT 'The field that is wrong, or empty',
    kind LowCardinality(String) COMMENT 'The kind of record; empty if it could not be read',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT submission_id, org, row_no, reason, source_offset, records, field, kind, seq,
    received_day
FROM rejections FINAL
COMMENT 'One row for each refused record; row_no 0 is a message refused as a whole'
