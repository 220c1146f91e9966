-- Hidden is what is about a finding of which no revision is shown, or about a hidden case. Of the findings only
-- those that a decision is about are read.
CREATE OR REPLACE VIEW v1_decisions
(
    act LowCardinality(String) COMMENT 'decision, appeal or deadline',
    decision_id String COMMENT 'The same for all that one account says of a revision',
    finding_id String COMMENT 'What it is about; empty for a deadline',
    revision UInt32 COMMENT 'The revision that it names',
    case_id String COMMENT 'The case it is about',
    org LowCardinality(String) COMMENT 'The organisation',
    decided_by LowCardinality(String) COMMENT 'The account that signed, or empty',
    decision LowCardinality(String) COMMENT 'confirm, dismiss or empty',
    reason LowCardinality(String) COMMENT 'Coded reason or ground',
    effect LowCardinality(String)
        COMMENT 'applied, or why nothing followed: waits-for-second, stale-revision, not-open, notice-missing and others',
    decided_day Date COMMENT 'Its day',
    seq UInt64 COMMENT 'The block whose answer brought it',
    by LowCardinality(String) COMMENT 'The same as decided_by',
    role LowCardinality(String) COMMENT 'What that account is; empty: none, or not recorded',
    day Date COMMENT 'The same as decided_day',
    position UInt32 COMMENT 'Its place in the answer of that block'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT act, decision_id, finding_id, revision, case_id, org, decided_by, decision, reason, effect,
    decided_day, seq, decided_by AS by, role, decided_day AS day, position
FROM decisions FINAL
WHERE finding_id NOT IN
    (
        SELECT finding_id FROM marked_findings
        WHERE finding_id IN (SELECT finding_id FROM decisions)
        GROUP BY finding_id HAVING min(is_hidden)
    )
    AND
    (
        case_id = ''
        OR case_id IN
        (
            SELECT case_id FROM shown_cases WHERE case_id IN (SELECT case_id FROM decisions)
        )
    )
COMMENT 'Every attempt to decide or appeal with its effect, and the deadlines that partners missed'
