CREATE OR REPLACE VIEW v1_epochs
(
    epoch LowCardinality(String) COMMENT 'Its name',
    public_key String COMMENT 'The joint key of the servers, which partners pin',
    status String COMMENT 'open or closed',
    number UInt32 COMMENT 'Its place in the order of opening, from 1',
    opened_day Date COMMENT 'The day it was opened',
    closed_day Nullable(Date) COMMENT 'The day it was closed; NULL while open',
    seq UInt64 COMMENT 'The block of its newest version'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT epoch, newest_key AS public_key, newest_status AS status,
    toUInt32(row_number() OVER (ORDER BY opened_at)) AS number, opened_day,
    if(newest_status = 'closed', toNullable(changed_day), NULL) AS closed_day, newest_seq AS seq
FROM
(
    SELECT epoch, argMax(public_key, version) AS newest_key, argMax(status, version) AS newest_status,
        min((seq, item)) AS opened_at, argMin(received_day, version) AS opened_day,
        argMax(received_day, version) AS changed_day, max(epochs.seq) AS newest_seq
    FROM epochs FINAL GROUP BY epoch
)
ORDER BY number
COMMENT 'The epochs of tokens in the order of their opening, with the joint key that partners pin'
