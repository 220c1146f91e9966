CREATE OR REPLACE VIEW v1_partner_quality
(
    org LowCardinality(String) COMMENT 'The organisation',
    records UInt64 COMMENT 'Records that it sent',
    rejected UInt64 COMMENT 'How many of them were refused',
    lapsed UInt64 COMMENT 'Plans that lapsed',
    delivered_anyway UInt64 COMMENT 'Plans delivered after covered or review',
    cancelled_after_verdict UInt64 COMMENT 'Plans cancelled after covered or review',
    delivered UInt64 COMMENT 'Assistances delivered',
    late_uploads UInt64 COMMENT 'Of those, how many were first reported later than the policy''s days',
    deadlines_missed UInt64 COMMENT 'How often it did not acknowledge or reply in time'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, sum(submitted) AS records, sum(refused) AS rejected, sum(lapsed_plans) AS lapsed,
    sum(anyway) AS delivered_anyway, sum(given_up) AS cancelled_after_verdict,
    sum(uploaded) AS delivered, sum(late) AS late_uploads, sum(missed) AS deadlines_missed
FROM
(
    SELECT org, sum(submissions.records) AS submitted, sum(submissions.rejected) AS refused,
        toUInt64(0) AS lapsed_plans, toUInt64(0) AS anyway, toUInt64(0) AS given_up,
        toUInt64(0) AS uploaded, toUInt64(0) AS late, toUInt64(0) AS missed
    FROM submissions FINAL WHERE org NOT IN ('', 'ADMIN', 'SUPERVISOR') GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), uniqExactIf(assistance_id, outcome = 'lapsed'),
        uniqExactIf(assistance_id, outcome = 'delivered-anyway'),
        uniqExactIf(assistance_id, outcome = 'cancelled-after-verdict'),
        toUInt64(0), toUInt64(0), toUInt64(0)
    FROM v1_verdicts GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        count(), countIf(days > late_days), toUInt64(0)
    FROM
    (
        SELECT org, assistance_id,
            min(dateDiff('day', coalesce(event_date, covers_from), received_day)) AS days
        FROM v1_assistance_versions WHERE stage IN ('delivered', 'returned')
        GROUP BY org, assistance_id
    ) AS uploads
    CROSS JOIN
    (
        SELECT argMax(JSONExtractUInt(rules, 'upload_late_days'), version) AS late_days
        FROM policies FINAL
    ) AS newest
    GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        toUInt64(0), count()
    FROM decisions FINAL WHERE act = 'deadline' GROUP BY org
)
GROUP BY org
ORDER BY org
COMMENT 'What each partner sent and when, what became of its plans, which deadlines it missed'
