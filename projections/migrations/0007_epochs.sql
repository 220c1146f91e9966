-- Epochs of tokens, what key servers were asked, and who still carries an older epoch alone.
-- Frozen: a change is a new file. v1_submissions has assurance and tokens_epoch since 0002.

ALTER TABLE assistance ADD COLUMN IF NOT EXISTS tokens_epoch LowCardinality(String);
ALTER TABLE needs ADD COLUMN IF NOT EXISTS tokens_epoch LowCardinality(String);
ALTER TABLE enrolments ADD COLUMN IF NOT EXISTS tokens_epoch LowCardinality(String);

CREATE TABLE IF NOT EXISTS number_facts
(
    kind         LowCardinality(String),
    org          LowCardinality(String),
    record_id    String,
    version      UInt32,
    status       LowCardinality(String),
    assurance    LowCardinality(String),
    tokens_epoch LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (kind, org, record_id, version);

CREATE TABLE IF NOT EXISTS epochs
(
    epoch        LowCardinality(String),
    version      UInt32,
    public_key   String,
    status       LowCardinality(String),
    seq          UInt64,
    item         UInt32,
    received_day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (epoch, version);

CREATE TABLE IF NOT EXISTS evaluations
(
    server_org     LowCardinality(String),
    evaluations_id String,
    version        UInt32,
    server         UInt8,
    day            Date,
    org            LowCardinality(String),
    epoch          LowCardinality(String),
    evaluations    UInt64,
    seq            UInt64,
    item           UInt32,
    received_day   Date
)
ENGINE = ReplacingMergeTree
ORDER BY (server_org, evaluations_id, version);

CREATE VIEW IF NOT EXISTS v1_assurance DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, assurance, tokens_epoch, count() AS submissions, sum(submissions.records) AS records,
    sum(submissions.accepted) AS accepted, max(received_day) AS last_day
FROM submissions FINAL
WHERE assurance != ''
GROUP BY org, assurance, tokens_epoch
ORDER BY org, assurance, tokens_epoch
COMMENT 'What each organisation sent, by the way its tokens were made and their epoch';

CREATE VIEW IF NOT EXISTS v1_epochs DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT epoch, newest_key AS public_key, newest_status AS status,
    toUInt32(row_number() OVER (ORDER BY opened_at)) AS number, opened_day,
    if(newest_status = 'closed', toNullable(changed_day), NULL) AS closed_day, newest_seq AS seq
FROM
(
    SELECT epoch, argMax(public_key, version) AS newest_key, argMax(status, version) AS newest_status,
        min((seq, item)) AS opened_at, argMin(received_day, version) AS opened_day,
        argMax(received_day, version) AS changed_day, max(epochs.seq) AS newest_seq
    FROM epochs FINAL GROUP BY epoch
)
ORDER BY number
COMMENT 'The epochs of tokens in the order of their opening, with the joint key that partners pin';

CREATE VIEW IF NOT EXISTS v1_epoch_laggards DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    -- the newest open epoch: what every live record has to carry
    (SELECT argMax(epoch, (status = 'open', number)) FROM v1_epochs) AS wanted,
    (SELECT max(blocks.day) FROM blocks) AS today
SELECT org, epoch, status, countIf(carried = epoch AND lags) AS laggards,
    countIf(carried = epoch AND lags AND ends > today) AS covering, count() AS live
FROM
(
    SELECT org, ends, splitByChar('-', tokens_epoch)[-1] AS carried,
        NOT has(splitByChar('-', tokens_epoch), wanted) AS lags
    FROM
    (
        SELECT org, tokens_epoch, ends
        FROM
        (
            SELECT org, assistance_id, tokens_epoch, stage, covers_to AS ends
            FROM assistance FINAL
            WHERE (org, assistance_id) NOT IN
                (SELECT org, assistance_id FROM assistance WHERE protected)
            ORDER BY org, assistance_id, version DESC LIMIT 1 BY org, assistance_id
        )
        WHERE stage != 'cancelled'
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01')
        FROM
        (
            SELECT org, need_id, tokens_epoch, closed_on
            FROM needs FINAL
            WHERE (org, need_id) NOT IN (SELECT org, need_id FROM needs WHERE protected)
            ORDER BY org, need_id, version DESC LIMIT 1 BY org, need_id
        )
        WHERE closed_on IS NULL
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01')
        FROM
        (
            SELECT org, enrolment_id, tokens_epoch, ended_on
            FROM enrolments FINAL
            WHERE (org, enrolment_id) NOT IN
                (SELECT org, enrolment_id FROM enrolments WHERE protected)
            ORDER BY org, enrolment_id, version DESC LIMIT 1 BY org, enrolment_id
        )
        WHERE ended_on IS NULL
        UNION ALL
        SELECT org, tokens_epoch, toDate('2100-01-01')
        FROM
        (
            SELECT kind, org, record_id, tokens_epoch, status
            FROM number_facts FINAL
            ORDER BY kind, org, record_id, version DESC LIMIT 1 BY kind, org, record_id
        )
        WHERE status = 'active'
    )
    WHERE tokens_epoch NOT IN ('', 'none')
) AS facts
CROSS JOIN (SELECT epoch, status FROM v1_epochs WHERE epoch != wanted) AS others
GROUP BY org, epoch, status
ORDER BY epoch, org
COMMENT 'How many live records of each organisation carry an epoch but not the newest open one';

CREATE VIEW IF NOT EXISTS v1_evaluations DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT server_org, server, day, org, epoch, evaluations, seq
FROM
(
    SELECT server_org, server, day, org, epoch, evaluations, seq, version
    FROM evaluations FINAL
    ORDER BY server_org, server, day, org, epoch, version DESC, seq DESC
    LIMIT 1 BY server_org, server, day, org, epoch
)
COMMENT 'How many evaluations each key server says that it made for an organisation on a day';
