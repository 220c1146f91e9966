-- Cases, excess, gaps and what partners report beside assistance. Frozen: a change is a new file.

ALTER TABLE findings ADD COLUMN IF NOT EXISTS case_id String;
ALTER TABLE findings ADD COLUMN IF NOT EXISTS late_org LowCardinality(String);

CREATE TABLE IF NOT EXISTS finding_records
(
    finding_id    String,
    revision      UInt32,
    org           LowCardinality(String),
    assistance_id String,
    seq           UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (finding_id, revision, org, assistance_id);

CREATE TABLE IF NOT EXISTS cases
(
    case_id      String,
    revision     UInt32,
    kind         LowCardinality(String),
    purpose      LowCardinality(String),
    status       LowCardinality(String),
    person_ref   String,
    programmes   Array(String),
    findings     UInt32,
    decide_by    Nullable(Date),
    notified_day Nullable(Date),
    late         LowCardinality(String),
    opened_day   Date,
    changed_day  Date,
    caused_seq   UInt64,
    caused_item  UInt32,
    seq          UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, revision);

CREATE TABLE IF NOT EXISTS case_parties
(
    case_id          String,
    revision         UInt32,
    org              LowCardinality(String),
    asked_day        Date,
    acknowledge_by   Date,
    acknowledged_day Nullable(Date),
    reply_by         Date,
    replied_day      Nullable(Date),
    fact             LowCardinality(String),
    seq              UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, revision, org);

CREATE TABLE IF NOT EXISTS decisions
(
    act         LowCardinality(String),
    decision_id String,
    finding_id  String,
    revision    UInt32,
    case_id     String,
    org         LowCardinality(String),
    decided_by  LowCardinality(String),
    decision    LowCardinality(String),
    reason      LowCardinality(String),
    effect      LowCardinality(String),
    decided_day Date,
    seq         UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (act, decision_id);

CREATE TABLE IF NOT EXISTS excess
(
    case_id  String,
    month    Date,
    seq      UInt64,
    position UInt32,
    purpose  LowCardinality(String),
    amount   Nullable(Decimal(18, 3)),
    currency LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, month, seq, position);

CREATE TABLE IF NOT EXISTS notices
(
    org           LowCardinality(String),
    assistance_id String,
    version       UInt32,
    kind          LowCardinality(String),
    finding_id    String,
    day           Date,
    case_id       String,
    revision      UInt32,
    reason        LowCardinality(String),
    answer_by     Nullable(Date),
    seq           UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (org, assistance_id, version, kind, finding_id, seq);

CREATE TABLE IF NOT EXISTS needs
(
    org            LowCardinality(String),
    need_id        String,
    version        UInt32,
    purpose        LowCardinality(String),
    assessed_on    Date,
    closed_on      Nullable(Date),
    district       LowCardinality(String),
    household_size Nullable(UInt32),
    protected      Bool,
    assurance      LowCardinality(String),
    seq            UInt64,
    item           UInt32,
    received_day   Date
)
ENGINE = ReplacingMergeTree
ORDER BY (org, need_id, version);

CREATE TABLE IF NOT EXISTS enrolments
(
    org          LowCardinality(String),
    enrolment_id String,
    version      UInt32,
    programme    LowCardinality(String),
    started_on   Date,
    ended_on     Nullable(Date),
    end_reason   LowCardinality(String),
    district     LowCardinality(String),
    protected    Bool,
    assurance    LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (org, enrolment_id, version);

-- the same columns as before; the case is known now
CREATE OR REPLACE VIEW v1_finding_revisions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT finding_id, case_id, kind, strength, status, revision, person_ref,
    org_a, assistance_a, org_b, assistance_b, purpose, overlap_from, overlap_to,
    amount_at_risk, currency, district, opened_day, changed_day, caused_seq, caused_item,
    policy, late_org, seq
FROM findings FINAL
WHERE (org_a, assistance_a) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_b, assistance_b) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_a, assistance_a) NOT IN (SELECT org, need_id FROM needs WHERE protected)
    AND (org_a, assistance_a) NOT IN (SELECT org, enrolment_id FROM enrolments WHERE protected)
COMMENT 'Every revision of every finding';

CREATE OR REPLACE VIEW v1_findings DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT finding_id, case_id, kind, strength, status, revision, person_ref,
    org_a, assistance_a, org_b, assistance_b, purpose, overlap_from, overlap_to,
    amount_at_risk, currency, district, opened_day, changed_day, caused_seq, caused_item,
    policy, late_org, seq
FROM findings FINAL
WHERE (org_a, assistance_a) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_b, assistance_b) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_a, assistance_a) NOT IN (SELECT org, need_id FROM needs WHERE protected)
    AND (org_a, assistance_a) NOT IN (SELECT org, enrolment_id FROM enrolments WHERE protected)
ORDER BY finding_id, revision DESC
LIMIT 1 BY finding_id
COMMENT 'The latest revision of every finding';

CREATE VIEW IF NOT EXISTS v1_finding_records DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT finding_id, revision, org, assistance_id, seq
FROM finding_records FINAL
WHERE (org, assistance_id) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org, assistance_id) NOT IN (SELECT org, need_id FROM needs WHERE protected)
    AND (org, assistance_id) NOT IN (SELECT org, enrolment_id FROM enrolments WHERE protected)
    AND (finding_id, revision) IN (SELECT finding_id, max(revision) FROM findings GROUP BY finding_id)
COMMENT 'The records that each finding is about, in its latest revision';

CREATE VIEW IF NOT EXISTS v1_cases DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, kind, purpose, status, revision, person_ref, programmes, findings, decide_by,
    notified_day, late, opened_day, changed_day, caused_seq, caused_item, seq
FROM cases FINAL
ORDER BY case_id, revision DESC
LIMIT 1 BY case_id
COMMENT 'One row for each family and purpose with findings, however many';

CREATE VIEW IF NOT EXISTS v1_case_parties DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, org, asked_day, acknowledge_by, acknowledged_day, reply_by, replied_day, fact, seq
FROM case_parties FINAL
WHERE (case_id, revision) IN (SELECT case_id, max(revision) FROM cases GROUP BY case_id)
COMMENT 'Who is asked about a case that is open, by when, and what they answered';

CREATE VIEW IF NOT EXISTS v1_decisions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT act, decision_id, finding_id, revision, case_id, org, decided_by, decision, reason, effect,
    decided_day, seq
FROM decisions FINAL
COMMENT 'What people decided or appealed, what came of it, and the deadlines that partners missed';

CREATE VIEW IF NOT EXISTS v1_excess_month DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT case_id, purpose, month, amount, currency, seq
FROM
(
    SELECT case_id, purpose, month, amount, currency, seq, position
    FROM excess FINAL
    ORDER BY case_id, month, seq DESC, position DESC
    LIMIT 1 BY case_id, month
)
WHERE amount IS NULL OR amount != 0
COMMENT 'What a case had too much of in a month; no amount where a rate is missing';

CREATE VIEW IF NOT EXISTS v1_needs DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, need_id, version, purpose, assessed_on, closed_on, district, household_size,
    assurance, seq, received_day
FROM needs FINAL
WHERE (org, need_id) NOT IN (SELECT org, need_id FROM needs WHERE protected)
ORDER BY org, need_id, version DESC
LIMIT 1 BY org, need_id
COMMENT 'The current version of every assessed need';

CREATE VIEW IF NOT EXISTS v1_enrolments DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, enrolment_id, version, programme, started_on, ended_on, end_reason, district,
    assurance, seq, received_day
FROM enrolments FINAL
WHERE (org, enrolment_id) NOT IN (SELECT org, enrolment_id FROM enrolments WHERE protected)
ORDER BY org, enrolment_id, version DESC
LIMIT 1 BY org, enrolment_id
COMMENT 'The current version of every enrolment';

CREATE VIEW IF NOT EXISTS v1_partner_quality DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, sum(submitted) AS records, sum(refused) AS rejected, sum(lapsed_plans) AS lapsed,
    sum(anyway) AS delivered_anyway, sum(given_up) AS cancelled_after_verdict,
    sum(uploaded) AS delivered, sum(late) AS late_uploads, sum(missed) AS deadlines_missed
FROM
(
    SELECT org, sum(submissions.records) AS submitted, sum(submissions.rejected) AS refused,
        toUInt64(0) AS lapsed_plans, toUInt64(0) AS anyway, toUInt64(0) AS given_up,
        toUInt64(0) AS uploaded, toUInt64(0) AS late, toUInt64(0) AS missed
    FROM submissions FINAL WHERE org NOT IN ('', 'ADMIN', 'SUPERVISOR') GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), uniqExactIf(assistance_id, outcome = 'lapsed'),
        uniqExactIf(assistance_id, outcome = 'delivered-anyway'),
        uniqExactIf(assistance_id, outcome = 'cancelled-after-verdict'),
        toUInt64(0), toUInt64(0), toUInt64(0)
    FROM v1_verdicts GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        count(), countIf(days > late_days), toUInt64(0)
    FROM
    (
        SELECT org, assistance_id,
            min(dateDiff('day', coalesce(event_date, covers_from), received_day)) AS days
        FROM v1_assistance_versions WHERE stage IN ('delivered', 'returned')
        GROUP BY org, assistance_id
    ) AS uploads
    CROSS JOIN
    (
        SELECT argMax(JSONExtractUInt(rules, 'upload_late_days'), version) AS late_days
        FROM policies FINAL
    ) AS newest
    GROUP BY org
    UNION ALL
    SELECT org, toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0),
        toUInt64(0), count()
    FROM decisions FINAL WHERE act = 'deadline' GROUP BY org
)
GROUP BY org
ORDER BY org
COMMENT 'What each partner sent and when, what became of its plans, which deadlines it missed';
