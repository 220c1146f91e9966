-- Hidden is what is about a protected record, at either side.
CREATE OR REPLACE VIEW v1_finding_revisions
(
    finding_id String COMMENT 'SHA-256 over its kind and causes, 32 hex digits',
    case_id String COMMENT 'The case it belongs to; empty for a sum over the cap',
    kind LowCardinality(String)
        COMMENT 'double-coverage, repeated-payment, over-cap, unmet-need or lapsed-coverage',
    strength LowCardinality(String) COMMENT 'certain, probable or possible',
    status LowCardinality(String) COMMENT 'open, confirmed, dismissed or withdrawn',
    revision UInt32 COMMENT 'Counts 1, 2, 3; a decision binds (finding_id, revision)',
    person_ref String COMMENT 'The person: 16 hex digits, others every year',
    org_a LowCardinality(String) COMMENT 'Organisation of record a',
    assistance_a String COMMENT 'Record a; of a gap its need or enrolment, as in need_id and enrolment_id',
    org_b LowCardinality(String) COMMENT 'Organisation of record b; empty for gaps and sums',
    assistance_b String COMMENT 'Record b; empty for gaps and sums',
    purpose LowCardinality(String) COMMENT 'Of the finding',
    overlap_from Nullable(Date) COMMENT 'First day of the overlap of the effective windows; of a gap, since when',
    overlap_to Nullable(Date) COMMENT 'First day after the overlap; NULL for gaps',
    amount_at_risk Nullable(Decimal(18, 3)) COMMENT 'The smaller pro-rated amount; NULL if not known',
    currency LowCardinality(String) COMMENT 'Currency of the amount',
    district LowCardinality(String) COMMENT 'OCHA p-code of a''s district',
    opened_day Date COMMENT 'Day of the first revision',
    changed_day Date COMMENT 'Day of this revision',
    caused_seq UInt64 COMMENT 'Block of the fact that caused it',
    caused_item UInt32 COMMENT 'Place of that fact in its block',
    policy UInt32 COMMENT 'Version of the policy that it was judged by',
    late_org LowCardinality(String) COMMENT 'Whose late upload caused it, or empty',
    seq UInt64 COMMENT 'The block whose answer brought it',
    need_id String COMMENT 'Of an unmet need: the need of org_a; empty: no such gap, or not recorded then',
    enrolment_id String COMMENT 'Of lapsed coverage: the enrolment of org_a; else empty',
    checks String COMMENT 'JSON of the checks that were really made, by kind; empty: not recorded then'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT finding_id, case_id, kind, strength, status, revision, person_ref, org_a, assistance_a,
    org_b, assistance_b, purpose, overlap_from, overlap_to, amount_at_risk, currency, district,
    opened_day, changed_day, caused_seq, caused_item, policy, late_org, seq, need_id,
    enrolment_id, checks
FROM findings FINAL
WHERE concat(org_a, ' ', assistance_a) NOT IN (SELECT record FROM protected_records)
    AND concat(org_b, ' ', assistance_b) NOT IN (SELECT record FROM protected_records)
COMMENT 'Every revision of every finding'
