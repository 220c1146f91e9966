"""Faults to plant in the fold, one place each: the oracle must find every one of them.

A fault is a piece of text that stands exactly once in its module, and what is put there
instead. A refactoring that moves the text makes its test fail, and the fault must be written
anew. To add one: append it to `FAULTS` with history 0, run
`python -m tests.oracle.seeding`, and note the number that it prints.
"""

from typing import Final

from tests.oracle.faults_joined import JOINED
from tests.oracle.planting import Fault

FAULTS: Final = (
    *JOINED,
    # -- windows, pairs, money ---------------------------------------------------------------------
    Fault(
        "least overlap off by one", "rules", 4,
        "if window.days < least_overlap(", "if window.days <= least_overlap(",
    ),
    Fault(
        "least overlap though the whole window is shorter", "rules", 4,
        "min(rules.least_overlap_days, a.days, b.days)", "rules.least_overlap_days",
    ),
    Fault(
        "windows closed", "rules", 0,
        "return self.end - self.start", "return self.end - self.start + 1",
    ),
    Fault(
        "one-off of 27 days", "rules", 20,
        "get(transfer.purpose, rules.one_off_days)",
        "get(transfer.purpose, rules.one_off_days - 1)",
    ),
    Fault(
        "one-off of education like any", "rules", 0,
        "rules.one_off_by_purpose.get(transfer.purpose, rules.one_off_days)", "rules.one_off_days",
    ),
    Fault(
        "longer declared one-off cut", "rules", 4,
        "max(declared.end, declared.start + days)", "declared.start + days",
    ),
    Fault(
        "season of the calendar year", "rules", 40,
        "start.year if start.month >= rules.season_year_month else start.year - 1", "start.year",
    ),
    Fault(
        "purposes not compared", "rules", 5,
        "if a.purpose != b.purpose:", "if False:", strategy="amended purposes",
    ),
    Fault(
        "modality classes ignored", "rules", 4,
        "class_a is None or class_a != class_b", "class_a is None or class_b is None",
    ),
    Fault(
        "services matched", "rules", 9,
        "class_a is None or class_a != class_b", "class_a != class_b",
    ),
    Fault(
        "other programme of one body a repeated payment", "rules", 0,
        "a.org == b.org and a.programme == b.programme", "a.org == b.org",
    ),
    Fault(
        "the larger share at risk", "rules", 4,
        "half_up(min(share_a, share_b))", "half_up(max(share_a, share_b))",
    ),
    Fault(
        "rounding half to even", "rules", 5,
        "money.half_up(min(share_a, share_b))", "round(min(share_a, share_b))", strategy="halves",
    ),
    Fault(
        "rate ignored", "rules", 11,
        "return amount * rate * Fraction(10) ** steps", "return amount",
    ),
    Fault(
        "no rate taken for one", "rules", 43,
        "rules.rates.get(currency)", "rules.rates.get(currency, Fraction(1))",
    ),
    Fault(
        "pro-rated over the declared window", "rules", 0,
        "in_base_currency(a, Fraction(overlap.days, window_a.days), rules)",
        "in_base_currency(a, Fraction(overlap.days, a.declared.days), rules)",
    ),
    Fault(
        "plans make findings", "findings", 4,
        "if a.delivered and b.delivered else None", "if a.delivered or b.delivered else None",
    ),
    # -- policy, programmes, protection ------------------------------------------------------------
    Fault(
        "policy of the earlier record", "findings", 25,
        "max(one.declared.start, two.declared.start)",
        "min(one.declared.start, two.declared.start)",
    ),
    Fault(
        "policy a day late", "policies", 108,
        "version.in_force_from <= day", "version.in_force_from < day",
    ),
    Fault(
        "first policy for ever", "policies", 25,
        "for version in reversed(signed)", "for version in signed",
    ),
    Fault(
        "unsigned policy counts", "common", 2,
        "in self.policies.co_signed", "in (*self.policies.signed, *self.policies.proposed)",
        strategy="two policies",
    ),
    Fault(
        "complementary with one signature", "memory", 4,
        'return {one["owner"], two["owner"]} <= signed', "return bool(signed)",
    ),
    Fault(
        "complements ignored", "memory", 3,
        'return {one["owner"], two["owner"]} <= signed', "return False",
    ),
    Fault(
        "protected not skipped", "records", 5,
        'bool(self.content.get("protected", False))', "False",
    ),
    Fault(
        "protected later still paired", "findings", 37,
        "if a.protected or b.protected:", "if False:", strategy="sums",
    ),
    # -- links -------------------------------------------------------------------------------------
    Fault(
        "probable taken for certain", "links", 20,
        "if a_in_b and b_in_a:", "if a_in_b or b_in_a:",
    ),
    Fault(
        "three shared members", "links", 43,
        "if shared > 1:", "if shared > 2:", strategy="quarantine",
    ),
    Fault(
        "beneficiaries not told apart", "links", 49,
        "if at_beneficiary and BENEFICIARY in roles:", "if False:",
    ),
    Fault(
        "shared telephone off by one", "links", 147,
        "sharers[token] >= limit", "sharers[token] > limit", strategy="halves",
    ),
    Fault("sharers not told apart", "keys", 49, "return len(groups)", "return len(holders)"),
    Fault(
        "weak tokens a little too weak", "links", 38,
        ">= rules.weak_threshold and (", "> rules.weak_threshold and (",
    ),
    Fault(
        "numbers that differ say nothing", "links", 0,
        "or not stand_apart(one, other)", "or True", strategy="namesakes",
    ),
    Fault(
        "weak tokens of others a little too weak", "links", 1,
        ">= rules.weak_threshold_apart", "> rules.weak_threshold_apart", strategy="namesakes",
    ),
    Fault(
        "apart though one has no number", "links", 4,
        "not types.isdisjoint(map(type_of, other)) and not one & other", "not one & other",
        strategy="namesakes",
    ),
    Fault(
        "case number joins beneficiaries", "links", 0,
        "not at_beneficiary and a.case & b.case", "a.case & b.case",
    ),
    Fault(
        "succession confirmed by one body", "index", 23,
        "if bodies > 1)", "if bodies > 0)", strategy="successions",
    ),
    Fault(
        "succession chained", "index", 20,
        "for other, by in successions(state, token).items()",
        "for one in (token, *successions(state, token)) for other, by in"
        " successions(state, one).items()",
        strategy="successions",
    ),
    Fault(
        "quarantined number still counts", "index", 0,
        "if flags & keys.QUARANTINED:", "if False:", strategy="quarantine",
    ),
    # -- versions, plans, answers ------------------------------------------------------------------
    Fault(
        "latest arrival wins", "records", 3,
        "if version <= self.top:", "if version == self.top:",
    ),
    Fault(
        "cancelled ends no life", "records", 4,
        'if s == "cancelled"), default=0)', 'if s == ""), default=0)',
    ),
    Fault(
        "returned in full still live", "records", 14,
        "self.paid and not self._returned_in_full", "self.paid",
    ),
    Fault(
        "returned in part forgotten", "records", 0,
        "return paid - money.to_minor(returned, currency) if returned else paid", "return paid",
    ),
    Fault(
        "reservation never lapses", "records", 2,
        "not self.planned or today >= self.held_until or not self.answers",
        "not self.planned or not self.answers",
    ),
    Fault(
        "reservation not renewed", "reservations", 5,
        "until + reservation_days if is_renewed else until", "until",
    ),
    Fault(
        "reservation renewed twice", "reservations", 4,
        "until + reservation_days if is_renewed else until",
        "until + reservation_days * sum(day < until for day in announced[1:])",
    ),
    Fault(
        "reservation from its last word", "reservations", 2,
        "until = announced[0] +", "until = announced[-1] +",
    ),
    Fault(
        "covered plan holds", "records", 11,
        '["verdict"] == "clear"', '["verdict"] in ("clear", "covered")',
    ),
    Fault(
        "no review for the unnamed", "answers", 49,
        "(meet.link.strength != links.POSSIBLE or not named)",
        "meet.link.strength != links.POSSIBLE",
    ),
    Fault("uncheckable missing", "answers", 4, 'given["verdict"] = "uncheckable"', "pass"),
    Fault(
        "window of a guess to the day", "answers", 5,
        "overlap.window if is_certain else", "overlap.window if True else",
    ),
    Fault(
        "blocked by the shortest", "answers", 11,
        "-meet.overlap.window.days,", "meet.overlap.window.days,",
    ),
    Fault(
        "warning forgotten", "answers", 0,
        'return "delivered-anyway"', 'return "delivered"',
    ),
    Fault(
        "outcome never lapsed", "answers", 4,
        '"lapsed" if record.lapsed(today) else "pending"', '"pending"',
    ),
    # -- gaps --------------------------------------------------------------------------------------
    Fault("met by what had ended", "gaps", 13, "return ends > start and", "return"),
    Fault(
        "met by what ends that day", "gaps", 4,
        "return ends > start and", "return ends >= start and", strategy="gaps",
    ),
    Fault("met by a guess", "gaps", 21, "return found in MEETING", 'return found != ""'),
    Fault(
        "basic-needs meets no food", "rules", 4,
        "frozenset((purpose, *self.also_met_by.get(purpose, ())))",
        "frozenset((purpose,))",
        strategy="gaps",
    ),
    Fault(
        "lapsed for any reason", "gaps", 11,
        'start + rules.lapsed_days if gap.content["end_reason"] in rules.lapsed_reasons else None',
        "start + rules.lapsed_days",
    ),
    Fault(
        "ended programme takes over", "gaps", 2,
        'transfer.programme == gap.content["programme"]', "False", strategy="gaps",
    ),
    Fault("deferral ignored", "gaps", 9, "elif not record.holds(state.common.today):", "else:"),
    Fault(
        "latest gap chosen", "gaps", 12,
        "min(scene.together(gap), key=_rank)", "max(scene.together(gap), key=_rank)",
    ),
    Fault("gap a day late", "gaps", 13, "today < due or", "today <= due or"),
    Fault("closed a day late", "gaps", 145, "today >= closed)", "today > closed)"),
    Fault(
        "enrolled again on the day of the end", "gaps", 21,
        '["started_on"]) > start', '["started_on"]) >= start', strategy="gaps",
    ),
    # -- sums over the cap, excess -----------------------------------------------------------------
    Fault(
        "sum inside a larger one kept", "sums", 4,
        "and not any(members < other for other in sets.values())", "", strategy="sums",
    ),
    Fault(
        "size by the coverage", "sums", 29,
        'record.content.get("household_as_of") or record.content["covers_from"]',
        'record.content["covers_from"]', strategy="amended purposes",
    ),
    Fault(
        "basket of all modalities", "sums", 5,
        'and record.content["modality"] in basket.modalities', "",
    ),
    Fault(
        "sum of probable links", "sums", 43,
        "links.NUMBERS_ALONE) == links.CERTAIN",
        "links.NUMBERS_ALONE) in (links.CERTAIN, links.PROBABLE)",
    ),
    Fault(
        "sum with the month after", "sums", 15,
        "month[0] < window.end", "month[0] <= window.end",
    ),
    Fault(
        "sum rounded record by record", "sums", 5,
        "total += share", "total += money.half_up(share)",
    ),
    Fault(
        "a cap reached is exceeded", "sums", 2,
        "if beyond <= 0:", "if beyond < 0:", strategy="sums",
    ),
    Fault(
        "excess summed over pairs", "excess", 0,
        "sum(self._weights[place] for place in bits(active)) - most",
        "sum(min(self._weights[a], self._weights[b]) for a in bits(active)"
        " for b in bits(self._against[a] & active) if a < b)",
    ),
    Fault(
        "the least may stand", "heaviest", 217,
        "if self._weights[other] >= weight and", "if self._weights[other] <= weight and",
    ),
    Fault(
        "excess rounded piece by piece", "excess", 52,
        "+ beyond * (end - start)", "+ money.half_up(beyond * (end - start))",
    ),
    Fault(
        "excess without a rate", "excess", 24,
        "if active & self._without_a_rate:", "if False:",
    ),
    Fault(
        "confirmed excess over what is open", "cases", 0,
        "sure = now if pairs == confirmed else", "sure = now if True else",
    ),
    Fault(
        "confirmed pairs in no excess", "cases", 13,
        "pairs = confirmed + _certain_pairs(case.open)", "pairs = _certain_pairs(case.open)",
    ),
    Fault(
        "dismissed though it was confirmed: still in the excess", "case", 3,
        "self.confirmed.pop(finding_id, None)", "pass",
    ),
    Fault(
        "district of the newest finding", "cases", 13,
        'if case_id(finding["finding_id"]) == case.case_id:', "if True:",
    ),
    Fault(
        "one's own plan covers the question about it", "aid", 15,
        "if meet.other.key != own]", "if True]",
    ),
    # -- a case's way ------------------------------------------------------------------------------
    Fault(
        "acknowledgements looked at a day early", "parties", 5,
        "due.put(state, party.acknowledge_by + 1,", "due.put(state, party.acknowledge_by,",
    ),
    Fault("late with the reply only", "case", 5, "if not self.acknowledged and", "if False and"),
    Fault("Saturday is a working day", "days", 44, "< SATURDAY", "<= SATURDAY"),
    Fault(
        "all asked about a possible link", "case", 18,
        "return self.is_pair and self.strength in ASKED", "return self.is_pair",
    ),
    Fault(
        "silence of one dismisses what concerns others", "standing", 71,
        'if dismissal.org not in ("", finding["org_a"], finding["org_b"]):', "if False:",
    ),
    Fault("a dismissal never ends", "standing", 5, "today < dismissal.until and", ""),
    Fault(
        "a dismissal covers new programmes", "standing", 24,
        "if not programmes_of(at_hand.facts) <= set(dismissal.programmes):", "if False:",
    ),
    Fault(
        "confirmed though it was revised", "standing", 189,
        'elif before == "open":\n        finding["status"] = "open"',
        'elif before in ("open", "confirmed"):\n        finding["status"] = before',
        strategy="amended purposes",
    ),
    Fault(
        "one person stops aid", "decisions", 4,
        "return len(who) >= _ENOUGH_PEOPLE", "return len(who) >= 1",
    ),
    Fault(
        "no notice", "decisions", 76,
        "if stops_aid and not _has_notice(state, act.case):", "if False:",
    ),
    Fault(
        "any revision may be decided", "decisions", 71,
        'if rec["revision"] != act.finding["revision"]:', "if False:",
    ),
    Fault(
        "decided without an appeal", "decisions", 2,
        "if not act.history.appealed:", "if False:",
    ),
    Fault(
        "a decision confirms no succession", "decisions", 207,
        "    if pairs:\n        voice", "    if False:\n        voice", strategy="successions",
    ),
    Fault(
        "excess of probable pairs", "cases", 16,
        "if one.is_pair and one.strength == links.CERTAIN", "if one.is_pair",
    ),
)  # fmt: skip
"""One line of text in one rule each."""
