-- Joined, not asked with IN: so a question about one finding reads one finding on both sides.
CREATE OR REPLACE VIEW v1_finding_records
(
    finding_id String COMMENT 'The finding',
    revision UInt32 COMMENT 'Its revision',
    org LowCardinality(String) COMMENT 'Organisation of the record',
    assistance_id String COMMENT 'The record: an assistance, or the need or enrolment of a gap',
    seq UInt64 COMMENT 'The block whose answer brought it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT r.finding_id AS finding_id, r.revision AS revision, r.org AS org,
    r.assistance_id AS assistance_id, r.seq AS seq
FROM
(
    SELECT finding_id, revision, org, assistance_id, seq
    FROM finding_records FINAL
    WHERE concat(org, ' ', assistance_id) NOT IN (SELECT record FROM protected_records)
) AS r
INNER JOIN
(
    SELECT finding_id, max(revision) AS revision FROM v1_finding_revisions GROUP BY finding_id
) AS newest
    ON r.finding_id = newest.finding_id AND r.revision = newest.revision
COMMENT 'The records that each finding is about, in its latest revision'
