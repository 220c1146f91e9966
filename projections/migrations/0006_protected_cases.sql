-- A record that is marked protected after a finding was opened hides that finding (0002); here it
-- hides what was built on it too: a case with no other finding, and its own programme in a case
-- that has others.

CREATE OR REPLACE VIEW v1_cases DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, kind, purpose, status, revision, person_ref,
    if(kind = 'suspect-identifier', c.programmes,
        arraySort(arrayIntersect(c.programmes, shown.programmes))) AS programmes,
    findings, decide_by, notified_day, late, opened_day, changed_day, caused_seq, caused_item, seq
FROM
(
    SELECT * FROM cases FINAL ORDER BY case_id, revision DESC LIMIT 1 BY case_id
) AS c
LEFT JOIN
(
    SELECT case_id, groupUniqArray(facts.programme) AS programmes, 1 AS is_shown
    FROM
    (
        SELECT case_id, org_a AS org, assistance_a AS id FROM v1_finding_revisions
        UNION DISTINCT
        SELECT case_id, org_b, assistance_b FROM v1_finding_revisions WHERE org_b != ''
    ) AS listed
    LEFT JOIN
    (
        SELECT org, assistance_id AS id, programme FROM assistance
        UNION DISTINCT
        SELECT org, enrolment_id, programme FROM enrolments
    ) AS facts USING (org, id)
    GROUP BY case_id
) AS shown USING (case_id)
WHERE kind = 'suspect-identifier' OR shown.is_shown = 1
COMMENT 'One row for each family and purpose with findings, however many';

CREATE OR REPLACE VIEW v1_case_parties DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, org, asked_day, acknowledge_by, acknowledged_day, reply_by, replied_day, fact, seq
FROM case_parties FINAL
WHERE (case_id, revision) IN (SELECT case_id, revision FROM v1_cases)
COMMENT 'Who is asked about a case that is open, by when, and what they answered';

CREATE OR REPLACE VIEW v1_decisions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT act, decision_id, finding_id, revision, case_id, org, decided_by, decision, reason, effect,
    decided_day, seq
FROM decisions FINAL
WHERE finding_id NOT IN
    (
        SELECT finding_id FROM findings
        WHERE finding_id NOT IN (SELECT finding_id FROM v1_finding_revisions)
    )
    AND (case_id = '' OR case_id IN (SELECT case_id FROM v1_cases))
COMMENT 'What people decided or appealed, what came of it, and the deadlines that partners missed';

CREATE OR REPLACE VIEW v1_excess_month DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, purpose, month, amount, currency, seq
FROM
(
    SELECT case_id, purpose, month, amount, currency, seq, position
    FROM excess FINAL
    ORDER BY case_id, month, seq DESC, position DESC
    LIMIT 1 BY case_id, month
)
WHERE (amount IS NULL OR amount != 0) AND case_id IN (SELECT case_id FROM v1_finding_revisions)
COMMENT 'What a case had too much of in a month; no amount where a rate is missing';
