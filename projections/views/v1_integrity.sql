-- The order is fixed: what comes in, the chain, both sides, what was projected.
CREATE OR REPLACE VIEW v1_integrity
(
    check_name String COMMENT 'What is compared',
    left_count Nullable(Int64) COMMENT 'What there must be',
    right_count Nullable(Int64) COMMENT 'What there is',
    ok Nullable(Bool) COMMENT 'True if both agree',
    seq Nullable(Int64) COMMENT 'The last block compared; -1: none yet',
    head Nullable(String) COMMENT 'SHA-256 of that block',
    foreign_submissions UInt64 COMMENT 'Messages of aid-submissions that nobody known signed',
    foreign_journal UInt64 COMMENT 'Messages of aid-journal that intake did not sign',
    foreign_keys UInt64 COMMENT 'Messages of aid-keys that intake did not sign',
    foreign_findings UInt64 COMMENT 'Messages of aid-findings that the registry did not sign',
    foreign_receipts UInt64 COMMENT 'Messages of all receipts that the receipts stage did not sign',
    repeated UInt64 COMMENT 'Messages of journal, findings and receipts that were signed, and said before'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    -- what both topics were projected up to: beyond it the two sides may differ for a moment
    (SELECT if(count() = 2, min(next_seq), 0) FROM _cursor FINAL WHERE table_group = 'core') AS n,
    -- what anybody can write is no check: it is shown, and the checks stay what they are
    (
        SELECT (countIf(topic = 'submissions'), countIf(topic = 'journal' AND kind = 'foreign'),
            countIf(topic = 'keys' AND kind = 'foreign'),
            countIf(topic = 'findings' AND kind = 'foreign'),
            countIf(topic = 'receipts' AND kind = 'foreign'), countIf(kind = 'repeat'))
        FROM v1_foreign_messages
    ) AS uncounted
SELECT check_name, left_count, right_count, toBool(left_count = right_count) AS ok,
    toInt64(n) - 1 AS seq,
    (SELECT any(digest) FROM blocks FINAL WHERE blocks.seq + 1 = n) AS head,
    assumeNotNull(uncounted.1) AS foreign_submissions,
    assumeNotNull(uncounted.2) AS foreign_journal,
    assumeNotNull(uncounted.3) AS foreign_keys,
    assumeNotNull(uncounted.4) AS foreign_findings,
    assumeNotNull(uncounted.5) AS foreign_receipts,
    assumeNotNull(uncounted.6) AS repeated
FROM
(
    -- every record that came in was accepted, a duplicate, or rejected
    SELECT 1 AS place, 'conservation' AS check_name, toInt64(sum(records)) AS left_count,
        toInt64(sum(accepted) + sum(duplicate) + sum(rejected)) AS right_count
    FROM submissions FINAL WHERE submissions.seq < n
    UNION ALL
    -- no block is missing
    SELECT 2, 'journal-dense', toInt64(n), toInt64(count())
    FROM blocks FINAL WHERE blocks.seq < n
    UNION ALL
    -- each block names the digest of the one before it
    SELECT 3, 'journal-chained', toInt64(n), toInt64(countIf(prev = expected))
    FROM
    (
        SELECT prev, lagInFrame(digest, 1, repeat('0', 64)) OVER (ORDER BY blocks.seq) AS expected
        FROM blocks FINAL WHERE blocks.seq < n
    )
    UNION ALL
    -- no message of aid-submissions was jumped over
    SELECT 4, 'source-contiguous', toInt64(n), toInt64(countIf(source_from = expected))
    FROM
    (
        SELECT source_from, lagInFrame(source_to, 1, 0) OVER (ORDER BY blocks.seq) AS expected
        FROM blocks FINAL WHERE blocks.seq < n
    )
    UNION ALL
    -- the registry answered each block once, and it was this block
    SELECT 5, 'blocks-answered', toInt64(n), toInt64(count())
    FROM (SELECT blocks.seq AS block_seq, digest FROM blocks FINAL WHERE blocks.seq < n) AS b
    INNER JOIN (SELECT registry_blocks.seq AS block_seq, block FROM registry_blocks FINAL) AS r
        ON b.block_seq = r.block_seq AND b.digest = r.block
    UNION ALL
    -- the journal's head is the block that the registry answered last
    SELECT 6, 'head', toInt64(n > 0), toInt64(count())
    FROM (SELECT digest FROM blocks FINAL WHERE blocks.seq + 1 = n) AS b
    INNER JOIN (SELECT block FROM registry_blocks FINAL WHERE registry_blocks.seq + 1 = n) AS r
        ON b.digest = r.block
    UNION ALL
    -- journal and registry count the same records
    SELECT 7, 'submitted-journal-registry',
        (SELECT toInt64(sum(submitted)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(submitted)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 8, 'accepted-journal-registry',
        (SELECT toInt64(sum(accepted)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(accepted)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 9, 'duplicate-journal-registry',
        (SELECT toInt64(sum(duplicate)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(duplicate)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    SELECT 10, 'rejected-journal-registry',
        (SELECT toInt64(sum(rejected)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(rejected)) FROM registry_blocks FINAL WHERE registry_blocks.seq < n)
    UNION ALL
    -- the tables hold what the blocks announced
    SELECT 11, 'submissions-projected',
        (SELECT toInt64(sum(blocks.submissions)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(count()) FROM submissions FINAL WHERE submissions.seq < n)
    UNION ALL
    SELECT 12, 'assistance-projected',
        (SELECT toInt64(sum(blocks.assistance)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(count()) FROM assistance FINAL WHERE assistance.seq < n)
    UNION ALL
    SELECT 13, 'rejections-projected',
        (SELECT toInt64(sum(rejected)) FROM blocks FINAL WHERE blocks.seq < n),
        (SELECT toInt64(sum(records)) FROM rejections FINAL WHERE rejections.seq < n)
    UNION ALL
    SELECT 14, 'verdicts-projected',
        (SELECT toInt64(sum(registry_blocks.verdicts)) FROM registry_blocks FINAL
            WHERE registry_blocks.seq < n),
        (SELECT toInt64(count()) FROM verdicts FINAL WHERE verdicts.seq < n)
    UNION ALL
    SELECT 15, 'findings-projected',
        (SELECT toInt64(sum(finding_revisions)) FROM registry_blocks FINAL
            WHERE registry_blocks.seq < n),
        (SELECT toInt64(count()) FROM findings FINAL WHERE findings.seq < n)
    UNION ALL
    -- revisions of a finding count 1, 2, 3 without a hole
    SELECT 16, 'finding-revisions-dense', toInt64(sum(highest)), toInt64(sum(found))
    FROM
    (
        SELECT max(revision) AS highest, count() AS found
        FROM findings FINAL WHERE findings.seq < n GROUP BY finding_id
    )
)
ORDER BY place
COMMENT 'Counts that must agree over all blocks projected, and in each row what did not count'
