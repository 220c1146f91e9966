CREATE VIEW IF NOT EXISTS v1_progress DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
WITH
    (SELECT max(clock_ms) FROM blocks) AS newest_ms,
    (SELECT max(blocks.source_to) FROM blocks) AS taken_to,
    (SELECT max(blocks.day) FROM blocks) AS newest_day,
    (SELECT sum(blocks.ticks) FROM blocks FINAL) AS all_ticks
SELECT source, next_seq, next_offset, skipped, day, taken_to AS source_to, newest_ms AS clock_ms,
    newest_day AS tick_day, all_ticks AS ticks
FROM _cursor FINAL
WHERE table_group = 'core'
COMMENT 'How far each of the two topics was projected, and the newest block of the journal';
