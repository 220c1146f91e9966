-- Hidden from analysts. FINAL is not needed: a revision that was written twice is one row here.
CREATE OR REPLACE VIEW current_cases
(
    case_id String COMMENT 'The case',
    kind LowCardinality(String) COMMENT 'coverage, or suspect-identifier: a number too many list',
    purpose LowCardinality(String) COMMENT 'Its purpose; empty for a suspect identifier',
    status LowCardinality(String) COMMENT 'open while a finding is open or an appeal unanswered, else closed',
    revision UInt32 COMMENT 'Counts 1, 2, 3',
    person_ref String COMMENT 'The person: 16 hex digits, others every year',
    programmes Array(String) COMMENT 'The programmes ever concerned',
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
SELECT case_id, kind, purpose, status, revision, person_ref, programmes, findings, decide_by,
    notified_day, late, opened_day, changed_day, caused_seq, caused_item, seq
FROM cases FINAL
ORDER BY case_id, revision DESC
LIMIT 1 BY case_id
COMMENT 'The latest revision of every case'
