CREATE OR REPLACE VIEW v1_verdicts
(
    org LowCardinality(String) COMMENT 'Organisation of the record that was answered',
    assistance_id String COMMENT 'Which record',
    version UInt32 COMMENT 'Which version of it',
    verdict LowCardinality(String) COMMENT 'clear, covered, review or uncheckable: advice',
    basis LowCardinality(String) COMMENT 'delivered or reserved; empty if nothing was found',
    purpose LowCardinality(String) COMMENT 'The purpose that was matched',
    window_from Nullable(Date) COMMENT 'First day of the window disclosed; NULL if none',
    window_to Nullable(Date) COMMENT 'First day after that window; NULL if none',
    outcome LowCardinality(String)
        COMMENT 'pending, lapsed, cancelled-after-verdict, delivered-anyway or delivered',
    amount Decimal(18, 3) COMMENT 'Of the record that was answered',
    currency LowCardinality(String) COMMENT 'Currency of the amount',
    answered_day Date COMMENT 'Day of the answer',
    focal String COMMENT 'Handle of the other side''s focal person, or empty',
    policy UInt32 COMMENT 'Version of the policy that it rests on',
    assurance LowCardinality(String) COMMENT 'How the tokens were made that it rests on',
    changed_day Date COMMENT 'Day on which the outcome was last set',
    seq UInt64 COMMENT 'The block that set the outcome'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT org, assistance_id, version, verdict, basis, purpose, window_from, window_to, outcome,
    amount, currency, answered_day, focal, policy, assurance, changed_day, seq
FROM verdicts FINAL
WHERE concat(org, ' ', assistance_id) NOT IN (SELECT record FROM protected_records WHERE kind = 'assistance')
ORDER BY org, assistance_id, version, seq DESC, position DESC
LIMIT 1 BY org, assistance_id, version
COMMENT 'The answer to every planned or delivered record, with what became of it so far'
