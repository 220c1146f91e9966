-- A record that is marked protected hides its findings, and with them what they brought into a case: a programme
-- that only they concern. Nearly no case has such a finding, so programmes are compared in those alone.
CREATE OR REPLACE VIEW v1_cases
(
    case_id String COMMENT 'The case',
    kind LowCardinality(String) COMMENT 'coverage, or suspect-identifier: a number too many list',
    purpose LowCardinality(String) COMMENT 'Its purpose; empty for a suspect identifier',
    status LowCardinality(String) COMMENT 'open while a finding is open or an appeal unanswered, else closed',
    revision UInt32 COMMENT 'Counts 1, 2, 3',
    person_ref String COMMENT 'The person: 16 hex digits, others every year',
    programmes Array(String)
        COMMENT 'The programmes ever concerned, without those that only protected records know',
    findings UInt32 COMMENT 'Open findings; of a number the households that list it',
    decide_by Nullable(Date) COMMENT 'The day by which to decide; NULL if none',
    notified_day Nullable(Date) COMMENT 'When the household was given notice; NULL: not yet',
    late LowCardinality(String) COMMENT 'Whose day is past: administration, supervisor or empty',
    opened_day Date COMMENT 'Day of the first revision',
    changed_day Date COMMENT 'Day of this revision',
    caused_seq UInt64 COMMENT 'Block of the fact that caused it',
    caused_item UInt32 COMMENT 'Place of that fact in its block',
    seq UInt64 COMMENT 'The block whose answer brought it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT c.case_id AS case_id, kind, purpose, status, revision, person_ref,
    if(shown.is_touched = 1, arraySort(arrayIntersect(c.programmes, shown.programmes)),
        c.programmes) AS programmes,
    findings, decide_by, notified_day, late, opened_day, changed_day, caused_seq, caused_item, seq
FROM current_cases AS c
LEFT JOIN
(
    SELECT case_id, groupUniqArray(programme) AS programmes, 1 AS is_touched
    FROM
    (
        SELECT org, assistance_id AS id, programme FROM assistance
        UNION ALL
        SELECT org, enrolment_id, programme FROM enrolments
    ) AS facts
    -- RIGHT: what is left of a case may name no programme, and then none is shown
    RIGHT JOIN
    (
        SELECT case_id, side.1 AS org, side.2 AS id
        FROM
        (
            SELECT case_id, arrayJoin([(org_a, assistance_a), (org_b, assistance_b)]) AS side
            FROM v1_finding_revisions
            WHERE case_id IN (SELECT case_id FROM marked_findings WHERE is_hidden)
        )
    ) AS listed ON facts.org = listed.org AND facts.id = listed.id
    GROUP BY case_id
) AS shown ON c.case_id = shown.case_id
WHERE c.case_id IN (SELECT case_id FROM shown_cases)
COMMENT 'One row for each family and purpose with findings, and for each number that too many list'
