-- Live is assistance that is not cancelled, an open need, a running enrolment, an active succession or
-- quarantine. Each is counted by the epoch that its newest version carries before it meets the epochs.
CREATE OR REPLACE VIEW v1_epoch_laggards
(
    org LowCardinality(String) COMMENT 'The organisation; ADMIN for quarantines',
    epoch LowCardinality(String) COMMENT 'An epoch that is not the newest open one',
    status String COMMENT 'open or closed',
    laggards UInt64 COMMENT 'Live records that carry it, and not the newest open one',
    covering UInt64 COMMENT 'Those of them that still cover a day after today',
    live UInt64 COMMENT 'Its live records with tokens'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    -- the newest open epoch: what every live record has to carry
    (SELECT argMax(epoch, (status = 'open', number)) FROM v1_epochs) AS wanted,
    (SELECT max(blocks.day) FROM blocks) AS today
SELECT org, epoch, status, sumIf(records, carried = epoch AND lags) AS laggards,
    sumIf(records, carried = epoch AND lags AND covers) AS covering, sum(records) AS live
FROM
(
    SELECT org, splitByChar('-', tokens_epoch)[-1] AS carried,
        NOT has(splitByChar('-', tokens_epoch), wanted) AS lags, ends > today AS covers,
        count() AS records
    FROM
    (
        SELECT org, tokens_epoch, covers_to AS ends FROM v1_assistance WHERE stage != 'cancelled'
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01') FROM v1_needs WHERE closed_on IS NULL
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01') FROM v1_enrolments WHERE ended_on IS NULL
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01')
        FROM
        (
            SELECT org, tokens_epoch, status
            FROM number_facts FINAL
            ORDER BY kind, org, record_id, version DESC LIMIT 1 BY kind, org, record_id
        )
        WHERE status = 'active'
    )
    WHERE tokens_epoch NOT IN ('', 'none')
    GROUP BY org, carried, lags, covers
) AS facts
CROSS JOIN (SELECT epoch, status FROM v1_epochs WHERE epoch != wanted) AS others
GROUP BY org, epoch, status
ORDER BY epoch, org
COMMENT 'How many live records of each organisation carry an epoch but not the newest open one'
