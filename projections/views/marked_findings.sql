-- Hidden from analysts. Not FINAL: rows of one revision are equal in what is asked here, however often written.
-- v1_finding_revisions shows exactly what is not hidden here.
CREATE OR REPLACE VIEW marked_findings
(
    finding_id String COMMENT 'The finding',
    case_id String COMMENT 'The case it belongs to; empty for a sum over the cap',
    is_hidden UInt8 COMMENT 'True if this revision is about a protected record, at either side'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT finding_id, case_id,
    concat(org_a, ' ', assistance_a) IN (SELECT record FROM protected_records)
        OR concat(org_b, ' ', assistance_b) IN (SELECT record FROM protected_records) AS is_hidden
FROM findings
COMMENT 'Which revisions of findings no view may show'
