-- v1_decisions hides the same rows as before (0006) and reads far less for it: of the findings only
-- those that a decision is about, instead of all of v1_cases and v1_finding_revisions for each
-- question. Frozen: a change is a new file.

CREATE OR REPLACE VIEW v1_decisions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    -- not FINAL: rows of one revision are equal in what is asked here, however often written
    marked AS
    (
        SELECT finding_id, case_id,
            (org_a, assistance_a) IN (SELECT org, assistance_id FROM assistance WHERE protected)
            OR (org_b, assistance_b) IN (SELECT org, assistance_id FROM assistance WHERE protected)
            OR (org_a, assistance_a) IN (SELECT org, need_id FROM needs WHERE protected)
            OR (org_a, assistance_a) IN (SELECT org, enrolment_id FROM enrolments WHERE protected)
            AS is_hidden
        FROM findings
    )
SELECT act, decision_id, finding_id, revision, case_id, org, decided_by, decision, reason, effect,
    decided_day, seq
FROM decisions FINAL
WHERE finding_id NOT IN
    (
        -- no revision of the finding can be shown
        SELECT finding_id FROM marked
        WHERE finding_id IN (SELECT finding_id FROM decisions)
        GROUP BY finding_id HAVING min(is_hidden)
    )
    AND
    (
        case_id = ''
        OR case_id IN
        (
            -- what v1_cases shows: a case of identifiers, or one with a finding that can be shown
            SELECT case_id FROM cases
            WHERE case_id IN (SELECT case_id FROM decisions)
                AND
                (
                    kind = 'suspect-identifier'
                    OR case_id IN
                    (
                        SELECT case_id FROM marked
                        WHERE case_id IN (SELECT case_id FROM decisions) AND NOT is_hidden
                    )
                )
        )
    )
COMMENT 'What people decided or appealed, what came of it, and the deadlines that partners missed';
