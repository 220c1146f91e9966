-- A version counts from its second signature on (the first, and all where genesis names no supervisor, from the
-- start), for what begins on or after its date. In force on a day is the last signed whose date has come.
CREATE OR REPLACE VIEW v1_policies
(
    version UInt32 COMMENT 'Version of the record; the highest is the current one',
    in_force_from Date COMMENT 'The first covers_from that it is for',
    rules String COMMENT 'JSON of its rules, without tokens',
    signed_by LowCardinality(String) COMMENT 'The organisation that proposed and signed it first',
    seq UInt64 COMMENT 'The block that proposed it',
    received_day Date COMMENT 'The day on which it was proposed',
    status String
        COMMENT 'On the journal''s day: in-force, from-later, earlier, waiting (for a signature), overtaken by a newer',
    administration_by String COMMENT 'The account that proposed it; empty: the organisation''s own key, or genesis',
    administration_day Date COMMENT 'The day of the first signature',
    supervisor_by String COMMENT 'The account that signed second; empty: the organisation''s own key, or nobody',
    supervisor_day Nullable(Date) COMMENT 'The day of the second signature; NULL: there is none'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    (SELECT max(supervised) FROM policies FINAL) AS is_supervised,
    (SELECT max(blocks.day) FROM blocks) AS today,
    versions AS
    (
        SELECT version, anyIf(both.in_force_from, NOT second) AS in_force_from,
            anyIf(both.rules, NOT second) AS rules,
            toLowCardinality(anyIf(both.signed_by, NOT second)) AS signed_by,
            anyIf(both.seq, NOT second) AS seq,
            anyIf(both.received_day, NOT second) AS received_day,
            anyIf(key_id, NOT second) AS first_key, anyIf(key_id, second) AS second_key,
            anyOrNullIf(both.received_day, second) AS second_day,
            max(second) OR version = 1 OR NOT is_supervised AS is_signed,
            max((second, both.seq, item)) AS since
        FROM
        (
            SELECT version, in_force_from, rules, signed_by, seq, item, received_day, key_id,
                false AS second
            FROM policies FINAL
            UNION ALL
            SELECT version, toDate(0), '', signed_by, seq, item, received_day, key_id, true
            FROM policy_signatures FINAL
        ) AS both
        GROUP BY version
    ),
    users AS (SELECT key_id, argMax(user, version) AS name FROM signing_keys GROUP BY key_id)
SELECT version, in_force_from, rules, signed_by, seq, received_day,
    multiIf(
        NOT is_signed, if(version > maxIf(version, is_signed) OVER (), 'waiting', 'overtaken'),
        since = (maxIf(since, is_signed AND in_force_from <= today) OVER () AS current), 'in-force',
        since > current, 'from-later',
        'earlier') AS status,
    ifNull(first.name, '') AS administration_by, received_day AS administration_day,
    ifNull(second.name, '') AS supervisor_by, second_day AS supervisor_day
FROM versions
LEFT JOIN users AS first ON first.key_id = first_key
LEFT JOIN users AS second ON second.key_id = second_key
ORDER BY version
COMMENT 'Every version of the policy, with both signatures and whether it is in force'
