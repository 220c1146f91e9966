-- The published views, version 1. Frozen: a view is never edited, a new version is v2_*.
-- What every view keeps: nothing that was ever marked protected, nor anything that refers to
-- it (fail closed: one protected version hides all versions); no token; FINAL on every table.
-- DEFINER: on a server the analyst needs rights on the views only, never on the tables.

CREATE VIEW IF NOT EXISTS v1_submissions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT submission_id, org, records, accepted, duplicate, rejected, seq, received_day,
    source_offset, assurance, tokens_epoch, reason, field
FROM submissions FINAL
COMMENT 'One row for each message of aid-submissions that was taken or refused';

CREATE VIEW IF NOT EXISTS v1_rejections DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT submission_id, org, row_no, reason, source_offset, records, field, kind, seq, received_day
FROM rejections FINAL
COMMENT 'One row for each refused record; row_no 0 is a message refused as a whole';

CREATE VIEW IF NOT EXISTS v1_assistance_versions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, assistance_id, version, stage, programme, purpose, level, modality,
    delivery_mechanism, frequency, instalment_no, instalment_of, covers_from, covers_to,
    event_date, amount, currency, value_estimated, quantity, unit, household_size,
    household_as_of, district, override_reason, returned_amount, returned_reason, replaces,
    lawful_basis_code, assurance, seq, received_day
FROM assistance FINAL
WHERE (org, assistance_id) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
COMMENT 'Every accepted version of every assistance';

CREATE VIEW IF NOT EXISTS v1_assistance DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, assistance_id, version, stage, programme, purpose, level, modality,
    delivery_mechanism, frequency, instalment_no, instalment_of, covers_from, covers_to,
    event_date, amount, currency, value_estimated, quantity, unit, household_size,
    household_as_of, district, override_reason, returned_amount, returned_reason, replaces,
    lawful_basis_code, assurance, seq, received_day
FROM assistance FINAL
WHERE (org, assistance_id) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
ORDER BY org, assistance_id, version DESC
LIMIT 1 BY org, assistance_id
COMMENT 'The current version of every assistance: the highest that was accepted';

CREATE VIEW IF NOT EXISTS v1_verdicts DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, assistance_id, version, verdict, basis, purpose, window_from, window_to, outcome,
    amount, currency, answered_day, focal, policy, assurance, changed_day, seq
FROM verdicts FINAL
WHERE (org, assistance_id) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
ORDER BY org, assistance_id, version, seq DESC, position DESC
LIMIT 1 BY org, assistance_id, version
COMMENT 'The answer to every planned or delivered record, with what became of it so far';

CREATE VIEW IF NOT EXISTS v1_finding_revisions DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT finding_id, '' AS case_id, kind, strength, status, revision, person_ref,
    org_a, assistance_a, org_b, assistance_b, purpose, overlap_from, overlap_to,
    amount_at_risk, currency, district, opened_day, changed_day, caused_seq, caused_item,
    policy, seq
FROM findings FINAL
WHERE (org_a, assistance_a) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_b, assistance_b) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
COMMENT 'Every revision of every finding';

CREATE VIEW IF NOT EXISTS v1_findings DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT finding_id, '' AS case_id, kind, strength, status, revision, person_ref,
    org_a, assistance_a, org_b, assistance_b, purpose, overlap_from, overlap_to,
    amount_at_risk, currency, district, opened_day, changed_day, caused_seq, caused_item,
    policy, seq
FROM findings FINAL
WHERE (org_a, assistance_a) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
    AND (org_b, assistance_b) NOT IN (SELECT org, assistance_id FROM assistance WHERE protected)
ORDER BY finding_id, revision DESC
LIMIT 1 BY finding_id
COMMENT 'The latest revision of every finding';

CREATE VIEW IF NOT EXISTS v1_programmes DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT programme, version, owner, donor, purpose, budget, currency, starts, ends, complements,
    signed_by, seq, received_day
FROM programmes FINAL
ORDER BY programme, version DESC
LIMIT 1 BY programme
COMMENT 'The current version of every programme';

CREATE VIEW IF NOT EXISTS v1_partners DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT org, version, name, mailbox, seq, received_day
FROM partners FINAL
ORDER BY org, version DESC
LIMIT 1 BY org
COMMENT 'The organisations that may publish, with their functional mailboxes';

CREATE VIEW IF NOT EXISTS v1_integrity DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    -- what both topics were projected up to: beyond it the two sides may differ for a moment
    (SELECT if(count() = 2, min(next_seq), 0) FROM _cursor FINAL WHERE table_group = 'core') AS n
SELECT check_name, left_count, right_count, toBool(left_count = right_count) AS ok,
    toInt64(n) - 1 AS seq,
    (SELECT any(digest) FROM blocks FINAL WHERE blocks.seq + 1 = n) AS head
FROM
(
    -- every record that came in was accepted, a duplicate, or rejected
    SELECT 'conservation' AS check_name, toInt64(sum(records)) AS left_count,
        toInt64(sum(accepted) + sum(duplicate) + sum(rejected)) AS right_count
    FROM submissions FINAL WHERE submissions.seq < n
    UNION ALL
    -- no block is missing
    SELECT 'journal-dense', toInt64(n), toInt64(count())
    FROM blocks FINAL WHERE blocks.seq < n
    UNION ALL
    -- each block names the digest of the one before it
    SELECT 'journal-chained', toInt64(n), toInt64(countIf(prev = expected))
    FROM
    (
        SELECT prev, lagInFrame(digest, 1, repeat('0', 64)) OVER (ORDER BY blocks.seq) AS expected
        FROM blocks FINAL WHERE blocks.seq < n
    )
    UNION ALL
    -- no message of aid-submissions was jumped over
    SELECT 'source-contiguous', toInt64(n), toInt64(countIf(source_from = expected))
    FROM
    (
        SELECT source_from, lagInFrame(source_to, 1, 0) OVER (ORDER BY blocks.seq) AS expected
        FROM blocks FINAL WHERE blocks.seq < n
    )
    UNION ALL
    -- the registry answered each block once, and it was this block
    SELECT 'blocks-answered', toInt64(n), toInt64(count())
    FROM (SELECT blocks.seq AS block_seq, digest FROM blocks FINAL WHERE blocks.seq < n) AS b
    INNER JOIN (SELECT registry_blocks.seq AS block_seq, block FROM registry_blocks FINAL) AS r
        ON b.block_seq = r.block_seq AND b.digest = r.block
    UNION ALL
    -- the journal's head is the block that the registry answered last
    SELECT 'head', toInt64(n > 0), toInt64(count())
    FROM (SELECT digest FROM blocks FINAL WHERE blocks.seq + 1 = n) AS b
    INNER JOIN (SELECT block FROM registry_blocks FINAL WHERE registry_blocks.seq + 1 = n) AS r
        ON b.digest = r.block
    UNION ALL
    -- journal and registry count the same records
    SELECT 'submitted-journal-registry',
        (SELECT toInt64(sum(submitted)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(submitted)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 'accepted-journal-registry',
        (SELECT toInt64(sum(accepted)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(accepted)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 'duplicate-journal-registry',
        (SELECT toInt64(sum(duplicate)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(duplicate)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 'rejected-journal-registry',
        (SELECT toInt64(sum(rejected)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(rejected)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    -- the tables hold what the blocks announced
    SELECT 'submissions-projected',
        (SELECT toInt64(sum(blocks.submissions)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(count()) FROM submissions FINAL WHERE submissions.seq < n)
    UNION ALL
    SELECT 'assistance-projected',
        (SELECT toInt64(sum(blocks.assistance)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(count()) FROM assistance FINAL WHERE assistance.seq < n)
    UNION ALL
    SELECT 'rejections-projected',
        (SELECT toInt64(sum(rejected)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(records)) FROM rejections FINAL WHERE rejections.seq < n)
    UNION ALL
    SELECT 'verdicts-projected',
        (SELECT toInt64(sum(registry_blocks.verdicts)) FROM registry_blocks FINAL
            WHERE registry_blocks.seq < n),
        (SELECT toInt64(count()) FROM verdicts FINAL WHERE verdicts.seq < n)
    UNION ALL
    SELECT 'findings-projected',
        (SELECT toInt64(sum(finding_revisions)) FROM registry_blocks FINAL
            WHERE registry_blocks.seq < n),
        (SELECT toInt64(count()) FROM findings FINAL WHERE findings.seq < n)
    UNION ALL
    -- revisions of a finding count 1, 2, 3 without a hole
    SELECT 'finding-revisions-dense', toInt64(sum(highest)), toInt64(sum(found))
    FROM
    (
        SELECT max(revision) AS highest, count() AS found
        FROM findings FINAL WHERE findings.seq < n GROUP BY finding_id
    )
)
COMMENT 'Counts that must agree, over all blocks that both topics were projected up to';
