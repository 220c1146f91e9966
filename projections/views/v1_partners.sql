CREATE OR REPLACE VIEW v1_partners
(
    org LowCardinality(String) COMMENT 'Its code',
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    name String COMMENT 'Its name',
    mailbox String COMMENT 'Functional mailbox, never a person''s',
    seq UInt64 COMMENT 'The block of the journal it stands in',
    received_day Date COMMENT 'The day in force: the last tick before it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, version, name, mailbox, seq, received_day
FROM partners FINAL
ORDER BY org, version DESC
LIMIT 1 BY org
COMMENT 'The organisations that may publish, with their functional mailboxes'
