-- The same as v1_findings.checks, in columns.
CREATE OR REPLACE VIEW v1_finding_checks
(
    finding_id String COMMENT 'The finding',
    revision UInt32 COMMENT 'Its latest revision',
    kind LowCardinality(String) COMMENT 'Its kind, which says what can be checked',
    link String
        COMMENT 'Of a pair: how the two met; same-recipient, same-beneficiary and each-lists-other alone mean one person',
    subjects Array(Array(String))
        COMMENT 'Of a pair: who met: role in a, role in b, type of the identifier; never its value',
    matched_as String COMMENT 'Of a pair: household or beneficiary',
    succession String
        COMMENT 'Of a pair: who vouches that one number followed another: one, several; empty: nobody has to',
    window_a_from Nullable(Date) COMMENT 'Of a pair: first day of a''s effective window',
    window_a_to Nullable(Date) COMMENT 'First day after it',
    window_b_from Nullable(Date) COMMENT 'Of a pair: first day of b''s effective window',
    window_b_to Nullable(Date) COMMENT 'First day after it',
    overlap_days UInt32 COMMENT 'Of a pair: how many days both cover',
    least_overlap_days UInt32 COMMENT 'How many were asked for',
    modality_class UInt32 COMMENT 'Of a pair: which of the policy''s classes of modality both are of',
    same_programme Bool COMMENT 'Of a pair: the same organisation and programme',
    weight UInt32 COMMENT 'Of a weak link: what its marks weigh together',
    threshold UInt32 COMMENT 'Of a weak link: what was asked for',
    met_by Array(String) COMMENT 'Of a gap: purposes of assistance that would have met it',
    wait_days UInt32 COMMENT 'Of a gap: how long was waited',
    due Nullable(Date) COMMENT 'Of a gap: the day from which it is one',
    size UInt32 COMMENT 'Of a sum: persons in the household',
    cap Nullable(Decimal(38, 3)) COMMENT 'Of a sum: the cap for them, in the finding''s currency',
    total Nullable(Decimal(38, 3)) COMMENT 'Of a sum: what they got',
    meets_by String
        COMMENT 'Of a pair: the rule by which the two meet: purpose, as-part, excluding-programmes; empty: by purpose'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT finding_id, revision, kind, JSONExtractString(checks, 'link') AS link,
    JSONExtract(checks, 'subjects', 'Array(Array(String))') AS subjects,
    JSONExtractString(checks, 'matched_as') AS matched_as,
    JSONExtractString(checks, 'succession') AS succession,
    toDateOrNull(JSONExtractString(checks, 'window_a', 1)) AS window_a_from,
    toDateOrNull(JSONExtractString(checks, 'window_a', 2)) AS window_a_to,
    toDateOrNull(JSONExtractString(checks, 'window_b', 1)) AS window_b_from,
    toDateOrNull(JSONExtractString(checks, 'window_b', 2)) AS window_b_to,
    JSONExtract(checks, 'overlap_days', 'UInt32') AS overlap_days,
    JSONExtract(checks, 'least_overlap_days', 'UInt32') AS least_overlap_days,
    JSONExtract(checks, 'modality_class', 'UInt32') AS modality_class,
    JSONExtract(checks, 'same_programme', 'Bool') AS same_programme,
    JSONExtract(checks, 'weight', 'UInt32') AS weight,
    JSONExtract(checks, 'threshold', 'UInt32') AS threshold,
    JSONExtract(checks, 'met_by', 'Array(String)') AS met_by,
    JSONExtract(checks, 'wait_days', 'UInt32') AS wait_days,
    toDateOrNull(JSONExtractString(checks, 'due')) AS due,
    JSONExtract(checks, 'size', 'UInt32') AS size,
    toDecimal128OrNull(JSONExtractString(checks, 'cap'), 3) AS cap,
    toDecimal128OrNull(JSONExtractString(checks, 'total'), 3) AS total,
    JSONExtractString(checks, 'meets_by') AS meets_by
FROM v1_findings
WHERE checks != ''
COMMENT 'What was checked of each finding whose checks are recorded, one row a finding'
