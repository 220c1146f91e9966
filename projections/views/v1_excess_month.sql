-- Rows that the registry said before it told the confirmed part have no amount_confirmed and no district, and
-- their amount is over the open pairs alone; each is said anew when its case changes.
CREATE OR REPLACE VIEW v1_excess_month
(
    case_id String COMMENT 'The case',
    purpose LowCardinality(String) COMMENT 'Purpose of the case',
    month Date COMMENT 'First day of the month',
    amount Nullable(Decimal(18, 3)) COMMENT 'Over its open and confirmed certain pairs; NULL: no exchange rate',
    currency LowCardinality(String) COMMENT 'Currency of both amounts',
    seq UInt64 COMMENT 'The block that said so last',
    amount_confirmed Nullable(Decimal(18, 3))
        COMMENT 'The same over the confirmed alone; NULL: no exchange rate, or not recorded (district is empty then)',
    district LowCardinality(String) COMMENT 'Of the case''s first finding; empty: not recorded',
    is_over Bool COMMENT 'The month is over on the day of the journal; else it goes on, or is still to come'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT case_id, purpose, month, amount, currency, seq, amount_confirmed, district,
    toBool(ifNull(addMonths(month, 1) <= (SELECT max(blocks.day) FROM blocks), false)) AS is_over
FROM
(
    SELECT case_id, purpose, month, amount, currency, seq, amount_confirmed, district
    FROM excess FINAL
    ORDER BY case_id, month, seq DESC, position DESC
    LIMIT 1 BY case_id, month
)
WHERE (amount IS NULL OR amount != 0) AND case_id IN (SELECT case_id FROM shown_cases)
COMMENT 'What a case had too much of in a month: one row a case and month'
