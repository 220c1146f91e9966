CREATE OR REPLACE VIEW v1_progress
(
    source LowCardinality(String) COMMENT 'journal or findings',
    next_seq UInt64 COMMENT 'The block that comes next',
    next_offset UInt64 COMMENT 'The message of the topic that comes next',
    skipped UInt64 COMMENT 'Messages that did not count: foreign blocks, and repeats',
    day Nullable(Date) COMMENT 'The journal''s day there',
    source_to Nullable(UInt64) COMMENT 'Where intake stands in aid-submissions: the next offset',
    clock_ms Nullable(UInt64) COMMENT 'The journal''s clock at its newest block, milliseconds',
    tick_day Nullable(Date) COMMENT 'The newest day of the journal',
    ticks Nullable(UInt64) COMMENT 'How many days were closed'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    (SELECT max(clock_ms) FROM blocks) AS newest_ms,
    (SELECT max(blocks.source_to) FROM blocks) AS taken_to,
    (SELECT max(blocks.day) FROM blocks) AS newest_day,
    (SELECT sum(blocks.ticks) FROM blocks FINAL) AS all_ticks
SELECT source, next_seq, next_offset, skipped, day, taken_to AS source_to, newest_ms AS clock_ms,
    newest_day AS tick_day, all_ticks AS ticks
FROM _cursor FINAL
WHERE table_group = 'core'
COMMENT 'How far each of the two topics was projected, and the newest block of the journal'
