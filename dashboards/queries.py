"""Every statement the page runs, by name. Views v1_* alone; values are bound by the server.

The only text that is put together is the order of the list, from a closed table.
"""

from typing import Final

from dashboards.address import SORTS
from projections.queries import Query

TOTALS: Final = Query(
    """
SELECT count() AS records, uniqExact(org) AS organisations, countIf(stage = 'planned') AS planned,
    countIf(stage IN ('delivered', 'amended')) AS delivered, uniqExact(district) AS districts
FROM v1_assistance""",
    10.0,
)
SUBMITTED: Final = Query(
    """
SELECT count() AS submissions, sum(records) AS records, sum(accepted) AS accepted,
    sum(duplicate) AS duplicate, sum(rejected) AS rejected, max(received_day) AS last_day
FROM v1_submissions""",
    10.0,
)
OPEN_BY_KIND: Final = Query(
    """
SELECT kind, currency, count() AS findings, count(amount_at_risk) AS valued,
    quantileExact(0.25)(amount_at_risk) AS quarter, quantileExact(0.5)(amount_at_risk) AS middle,
    quantileExact(0.75)(amount_at_risk) AS three_quarters, max(amount_at_risk) AS largest
FROM v1_findings WHERE status = 'open' GROUP BY kind, currency ORDER BY kind, findings DESC""",
    10.0,
)
BY_MONTH: Final = Query(
    """
SELECT toStartOfMonth(opened_day) AS month, countIf(kind = 'double-coverage') AS double,
    countIf(kind = 'repeated-payment') AS repeated
FROM v1_findings GROUP BY month ORDER BY month DESC LIMIT 12""",
    10.0,
)
VERDICTS: Final = Query(
    "SELECT verdict, count() AS records FROM v1_verdicts GROUP BY verdict", 10.0
)
EXCESS: Final = Query(
    """
SELECT currency, period, uniqExactIf(case_id, e.amount IS NOT NULL) AS cases,
    uniqExactIf(case_id, e.amount IS NULL) AS unknown, sum(e.amount) AS amount,
    -- what was not recorded for one row is not known for all
    if(countIf(e.amount IS NOT NULL AND amount_confirmed IS NULL) > 0, NULL,
        sum(amount_confirmed)) AS confirmed
FROM v1_excess_month AS e ARRAY JOIN [if(is_over, 'over', 'coming'), 'all'] AS period
GROUP BY currency, period
ORDER BY max(cases) OVER (PARTITION BY currency) DESC, currency, period DESC""",
    10.0,
)
PREVENTED: Final = Query(
    """
SELECT currency, count() AS payments, sum(planned) AS amount
FROM
(
    -- a plan that was said again, with another key's tokens or to renew it, is one payment
    SELECT currency, amount AS planned FROM v1_verdicts
    WHERE outcome = 'cancelled-after-verdict' AND verdict = 'covered'
    ORDER BY org, assistance_id, version DESC LIMIT 1 BY org, assistance_id
)
GROUP BY currency ORDER BY payments DESC""",
    10.0,
)

_WHERE: Final = """
FROM v1_findings
WHERE ({kind:String} = '' OR kind = {kind:String})
    AND ({status:String} = '' OR status = {status:String})
    AND ({purpose:String} = '' OR purpose = {purpose:String})
    AND ({district:String} = '' OR district = {district:String})
    AND ({partner:String} = '' OR org_a = {partner:String} OR org_b = {partner:String})
    AND ({month:String} = '' OR formatDateTime(opened_day, '%Y-%m') = {month:String})"""
COUNT: Final = Query(f"SELECT count() AS findings {_WHERE}")
_LIST: Final = f"""
SELECT finding_id, kind, strength, status, revision, org_a, org_b, purpose, overlap_from,
    overlap_to, amount_at_risk, currency, district, opened_day, changed_day
{_WHERE}"""
_ORDER: Final = {
    "opened": "opened_day",
    "amount": "amount_at_risk",
    "overlap": "dateDiff('day', overlap_from, overlap_to)",
    "kind": "kind",
    "district": "district",
    "changed": "changed_day",
}
LISTS: Final = {
    (sort, order): Query(
        f"{_LIST}\nORDER BY {_ORDER[sort]} {order.upper()} NULLS LAST, finding_id"
        "\nLIMIT {limit:UInt32} OFFSET {offset:UInt64}"
    )
    for sort in SORTS
    for order in ("asc", "desc")
}
"""The list of findings in each order that an address can ask for."""
DISTRICTS: Final = Query("SELECT DISTINCT district FROM v1_findings WHERE district != ''", 60.0)
MONTHS: Final = Query(
    "SELECT DISTINCT formatDateTime(opened_day, '%Y-%m') AS month FROM v1_findings"
    " ORDER BY month DESC",
    60.0,
)
OPEN: Final = Query("SELECT count() AS findings FROM v1_findings WHERE status = 'open'", 10.0)

REVISIONS: Final = Query("""
SELECT finding_id, kind, strength, status, revision, person_ref, org_a, assistance_a, org_b,
    assistance_b, purpose, overlap_from, overlap_to, amount_at_risk, currency, district,
    opened_day, changed_day, caused_seq, caused_item, policy, seq, case_id, late_org, need_id,
    enrolment_id, checks
FROM v1_finding_revisions WHERE finding_id = {finding:String} ORDER BY revision DESC""")
DECIDED: Final = Query("""
SELECT act, org, revision, reason, decided_day FROM v1_decisions
WHERE effect = 'applied' AND ((act = 'decision' AND finding_id = {finding:String})
    OR (act = 'deadline' AND case_id = {case:String})) ORDER BY seq""")
FINDING_RECORDS: Final = Query("""
SELECT r.org AS org, r.assistance_id AS id, a.programme AS programme, a.purpose AS purpose,
    a.modality AS modality, a.covers_from AS covers_from, a.covers_to AS covers_to,
    a.amount AS amount, a.currency AS currency, n.purpose AS needed, e.programme AS left_programme
FROM (SELECT org, assistance_id FROM v1_finding_records WHERE finding_id = {finding:String}) AS r
LEFT JOIN
(
    -- of these records alone: all of v1_assistance would be joined
    SELECT org, assistance_id, programme, purpose, modality, covers_from, covers_to, amount,
        currency
    FROM v1_assistance_versions
    WHERE (org, assistance_id) IN
        (SELECT org, assistance_id FROM v1_finding_records WHERE finding_id = {finding:String})
    ORDER BY version DESC LIMIT 1 BY org, assistance_id
) AS a ON a.org = r.org AND a.assistance_id = r.assistance_id
LEFT JOIN v1_needs AS n ON n.org = r.org AND n.need_id = r.assistance_id
LEFT JOIN v1_enrolments AS e ON e.org = r.org AND e.enrolment_id = r.assistance_id
ORDER BY org, id LIMIT 200""")
RECORD: Final = Query("""
SELECT org, assistance_id, version, stage, programme, purpose, level, modality,
    delivery_mechanism, frequency, covers_from, covers_to, event_date, amount, currency,
    household_size, household_as_of, district, override_reason, returned_amount,
    returned_reason, assurance, received_day
FROM v1_assistance_versions
WHERE org = {org:String} AND assistance_id = {assistance:String}
ORDER BY version DESC LIMIT 1""")
RECORD_VERDICT: Final = Query("""
SELECT version, verdict, outcome, answered_day, changed_day FROM v1_verdicts
WHERE org = {org:String} AND assistance_id = {assistance:String} ORDER BY version DESC LIMIT 1""")
POLICY: Final = Query("""
SELECT version, in_force_from,
    JSONExtract(rules, 'modality_classes', 'Array(Array(String))') AS modality_classes
FROM v1_policies WHERE version = {version:UInt32}""")

PARTNERS: Final = Query("SELECT org, name FROM v1_partners ORDER BY org", 60.0)
BY_PARTNER: Final = Query(
    """
SELECT org, count() AS submissions, sum(records) AS records, sum(accepted) AS accepted,
    sum(duplicate) AS duplicate, sum(rejected) AS rejected, max(received_day) AS last_day
FROM v1_submissions GROUP BY org ORDER BY records DESC LIMIT 500""",
    10.0,
)
REJECTIONS: Final = Query(
    """
SELECT org, reason, field, kind, sum(records) AS records, max(received_day) AS last_day
FROM v1_rejections WHERE {partner:String} = '' OR org = {partner:String}
GROUP BY org, reason, field, kind ORDER BY records DESC, org LIMIT 200""",
    10.0,
)
SUBMISSIONS: Final = Query("""
SELECT received_day, submission_id, org, records, accepted, duplicate, rejected, assurance,
    tokens_epoch, reason, field, seq
FROM v1_submissions WHERE {partner:String} = '' OR org = {partner:String}
ORDER BY source_offset DESC LIMIT 50""")

ASSURANCE: Final = Query(
    """
SELECT if(tokens_epoch = 'none', 'none', assurance) AS level, sum(submissions) AS submissions,
    sum(records) AS records
FROM v1_assurance WHERE {partner:String} = '' OR org = {partner:String} GROUP BY level""",
    10.0,
)
EPOCHS: Final = Query(
    "SELECT epoch, status, number, public_key, opened_day, closed_day FROM v1_epochs"
    " ORDER BY number DESC LIMIT 20",
    10.0,
)
LAGGARDS: Final = Query(
    "SELECT org, epoch, status, laggards, covering, live FROM v1_epoch_laggards"
    " ORDER BY laggards DESC, epoch, org LIMIT 200",
    60.0,
)
EVALUATIONS: Final = Query(
    """
SELECT e.day AS day, e.org AS org, e.servers AS servers, e.asked AS evaluations, s.sent AS records
FROM
(
    SELECT day, org, uniqExact(server) AS servers, sum(evaluations) AS asked
    FROM
    (
        -- a server that passed to another body says its past days again
        SELECT day, org, server, epoch, evaluations FROM v1_evaluations
        ORDER BY seq DESC LIMIT 1 BY server, day, org, epoch
    )
    GROUP BY day, org
) AS e
LEFT JOIN
(
    SELECT received_day AS day, org, sum(records) AS sent FROM v1_submissions
    WHERE tokens_epoch != 'none' GROUP BY day, org
) AS s ON s.day = e.day AND s.org = e.org
ORDER BY day DESC, evaluations DESC, org LIMIT 60""",
    10.0,
)
