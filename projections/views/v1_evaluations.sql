CREATE OR REPLACE VIEW v1_evaluations
(
    server_org LowCardinality(String)
        COMMENT 'The body that says it; of a server that passed on, take the newest by seq',
    server UInt8 COMMENT 'Number of the server, 1 to 255',
    day Date COMMENT 'The day that is counted (UTC+3)',
    org LowCardinality(String) COMMENT 'Who asked',
    epoch LowCardinality(String) COMMENT 'Under which epoch''s key',
    evaluations UInt64 COMMENT 'How often: the newest count',
    seq UInt64 COMMENT 'The block that said so'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT server_org, server, day, org, epoch, evaluations, seq
FROM
(
    SELECT server_org, server, day, org, epoch, evaluations, seq, version
    FROM evaluations FINAL
    ORDER BY server_org, server, day, org, epoch, version DESC, seq DESC
    LIMIT 1 BY server_org, server, day, org, epoch
)
COMMENT 'How many evaluations each key server says that it made for an organisation on a day'
