CREATE OR REPLACE VIEW v1_submissions
(
    submission_id String COMMENT 'Its id; of a refused message: what it claims, or empty',
    org LowCardinality(String) COMMENT 'The organisation; of a refused message: what it claims, or empty',
    records UInt32 COMMENT 'Records in it; of a message that cannot be read at least 1',
    accepted UInt32 COMMENT 'How many of them were accepted',
    duplicate UInt32 COMMENT 'How many were there already, with the same content',
    rejected UInt32 COMMENT 'How many were refused',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it',
    source_offset UInt64 COMMENT 'Its offset in aid-submissions',
    assurance LowCardinality(String) COMMENT 'How identifiers became tokens; empty if refused',
    tokens_epoch LowCardinality(String) COMMENT 'Key epoch of its tokens; none without tokens',
    reason LowCardinality(String) COMMENT 'Why the message was refused as a whole; empty if it was read',
    field String COMMENT 'The field that is wrong, or empty'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT submission_id, org, records, accepted, duplicate, rejected, seq, received_day,
    source_offset, assurance, tokens_epoch, reason, field
FROM submissions FINAL
COMMENT 'One row for each message of aid-submissions that was taken or refused'
