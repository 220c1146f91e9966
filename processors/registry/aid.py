"""Facts about families, folded: assistance, needs, enrolments, inquiries; and a day's beginning."""

from typing import Any, Final

import orjson

from events.codec import dumps
from events.model import Purpose
from events.outputs import Answer, RegistryOutput
from processors.registry import answers, due, gaps, identities, keys, sums, suspects
from processors.registry.days import ordinal
from processors.registry.findings import meets_of, revise_again, revise_findings
from processors.registry.index import Place, entry_of, persons_of, reindex
from processors.registry.links import type_of
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance, Enrolment, Listed, Need

CHUNK: Final = 1_000
PAID: Final = ("delivered", "returned")


def first_answer(state: RegistryState, org: str, item: dict[str, Any]) -> Answer | None:
    """What the first of two equal records was answered."""
    if item["kind"] == "inquiry":
        value = state.overlay.get(keys.record_key(org, item["id"], keys.INQUIRY))
        given: dict[str, Answer] = orjson.loads(value) if value else {}
        return given.get(str(item["version"]))
    known = state.assistance(keys.record_key(org, item["id"]))
    row = known.answers.get(item["version"]) if known else None
    return row["answer"] if row else None


# -- assistance ----------------------------------------------------------------------------------


def fold_assistance(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> Answer | None:
    """A version of an assistance; its answer, if it is answered."""
    key = keys.record_key(cause.org, rec["assistance_id"])
    record = state.assistance(key)
    if record is None:
        record = Assistance(cause.org, rec["assistance_id"], (cause.seq, cause.index))
    before, held = Place(state, record), record.holds(state.common.today)
    lacking = gaps.within_reach(state, record) if before.entry else []
    summed = sums.around(state, record) if before.entry else sums.Around()
    _take_version(state, record, cause, rec, people)
    crowded = reindex(state, record, before)
    if crowded:
        state.views.clear()
    outcomes = answers.outcomes_of(record)
    meets = meets_of(state, record)
    given = answers.answer(state, record, cause, rec, meets)
    answers.update_outcomes(state, out, record, outcomes)
    revise_findings(state, out, record, cause, meets)
    state.change(record)
    if held and not record.holds(state.common.today) and not record.delivered:
        answers.free(state, out, record)
    for token in crowded:
        judge_sharers(state, out, cause, token, record)
    gaps.evaluate(state, out, cause, lacking + gaps.within_reach(state, record))
    sums.revise_sums(state, out, cause, summed | sums.around(state, record))
    if entry_of(record):
        suspects.watch(state, cause, record, record.strong - before.strong)
    return given


def _take_version(
    state: RegistryState,
    record: Assistance,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """The highest version's content wins, in whatever order versions arrive."""
    version = rec["version"]
    if rec["stage"] == "planned" and not _is_of_another_epoch(record, rec, people):
        record.announced[version] = len(record.announced), state.common.today
    elif rec["stage"] in PAID:
        record.paid_on[version] = cause.seq, cause.index, state.common.today
    persons = persons_of(state, people, cause.seq, cause.index)
    record.came_on = record.came_on or state.common.today
    if record.take(version, rec, people, persons):
        state.renewed.add(record.key)
    covers_from = ordinal(record.content["covers_from"])
    record.reservation_days = state.rules_on(covers_from).reservation_days
    if record.planned:
        due.put(state, record.held_until, record.key)
    state.views.pop(record.key, None)


def _is_of_another_epoch(record: Assistance, rec: dict[str, Any], people: list[Listed]) -> bool:
    """True for a version that says what the last one says, with the tokens of other epochs.

    A plan that is said again so is no renewal.
    """
    if record.stages.get(record.top) != rec["stage"] or len(people) != len(record.people):
        return False
    if rec | {"version": record.top} != record.content:
        return False
    pairs = [
        (before[0], {*before[1], *before[2]}, after[0], {*after[1], *after[2]})
        for before, after in zip(record.people, people, strict=True)
    ]
    return any(old != new for _, old, _, new in pairs) and all(
        role == again and set(map(type_of, old & new)) == set(map(type_of, old | new))
        for role, old, again, new in pairs
    )


def judge_sharers(
    state: RegistryState, out: RegistryOutput, cause: Cause, token: str, but: Assistance
) -> None:
    """A telephone became too common to say anything, or no longer is."""
    state.views.clear()
    value = state.overlay.get(keys.loose_key(token))
    codes = keys.codes_of((keys.ASSISTANCE,))
    for key in sorted({*keys.loose_keys_of(value, codes)}) if value else []:
        record = state.assistance(key)
        if record is not None:
            revise_again(state, out, record, cause)
    revise_again(state, out, but, cause)


# -- inquiries -----------------------------------------------------------------------------------


def fold_inquiry(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> Answer:
    """Answered like a plan that nobody made: nothing of it stays but the answer."""
    asked = Assistance(cause.org, rec["inquiry_id"], (cause.seq, cause.index))
    currency = state.rules_on(ordinal(rec["covers_from"])).base_currency
    is_protected = rec["purpose"] == Purpose.PROTECTION
    plan = {"stage": "planned", "amount": "0", "currency": currency, "protected": is_protected}
    asked.take(rec["version"], rec | plan, people, [(0, 0, 0)] * len(people))
    # an assistance does not cover the question about itself
    own = keys.record_key(cause.org, rec.get("about", ""))
    meets = [meet for meet in meets_of(state, asked) if meet.other.key != own]
    given, _ = answers.verdict(state, asked, cause, meets)
    state.views.pop(asked.key, None)
    key = keys.record_key(cause.org, rec["inquiry_id"], keys.INQUIRY)
    known = orjson.loads(state.overlay.get(key) or b"{}")
    state.overlay.put(key, dumps(known | {str(rec["version"]): given}))
    return given


# -- needs and enrolments ------------------------------------------------------------------------


def fold_need(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """A version of an assessed need."""
    need = Need(cause.org, rec["need_id"], (cause.seq, cause.index))
    need = state.fact(need.key, Need) or need
    _fold_gap(state, out, cause, rec, people, need, Place(state, need))


def fold_enrolment(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """A version of a time in a programme, whose purpose is the programme's."""
    fresh = Enrolment(cause.org, rec["enrolment_id"], (cause.seq, cause.index))
    enrolment = state.fact(fresh.key, Enrolment) or fresh
    before = Place(state, enrolment)
    if rec["version"] > enrolment.top:
        programme = state.programme(rec["programme"])
        enrolment.purpose = programme["purpose"] if programme else ""
    _fold_gap(state, out, cause, rec, people, enrolment, before)


def _fold_gap(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
    gap: gaps.Gap,
    before: Place,
) -> None:
    around: list[gaps.Gap] = []
    if before.entry:
        around = [*gaps.same_person(state, gap), *gaps.taken_over(state, gap)]
    persons = persons_of(state, people, cause.seq, cause.index)
    if gap.take(rec["version"], rec, people, persons):
        state.renewed.add(gap.key)
    state.change(gap)
    reindex(state, gap, before)
    for day in gaps.days_of(state, gap):
        due.put(state, day, gap.key)
    gaps.evaluate(state, out, cause, [gap, *around, *gaps.taken_over(state, gap)])


# -- what changes many at once -------------------------------------------------------------------


def fold_number(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    rec: dict[str, Any],
    people: list[Listed],
) -> None:
    """A succession or a quarantine: what stands for their people changes."""
    state.views.clear()
    changed = identities.fold(state, cause, rec, people)
    state.views.clear()
    judge_anew(state, out, cause, changed)


def judge_anew(
    state: RegistryState, out: RegistryOutput, cause: Cause, changed: list[bytes]
) -> None:
    """Judge facts anew after what stands for their people has changed."""
    lacking: list[gaps.Gap] = []
    for key in changed:
        fact = state.any_fact(key)
        if isinstance(fact, Assistance):
            revise_again(state, out, fact, cause)
            lacking += gaps.within_reach(state, fact)
            sums.revise_sums(state, out, cause, sums.around(state, fact))
        elif isinstance(fact, Need | Enrolment):
            lacking.append(fact)
    gaps.evaluate(state, out, cause, lacking)


def begin_day(state: RegistryState, out: RegistryOutput, cause: Cause) -> None:
    """Decide what falls due on the day that begins, in chunks."""
    found = due.take(state, state.common.today)
    for start in range(0, len(found), CHUNK):
        chunk = found[start : start + CHUNK]
        state.load(chunk)
        for key in chunk:
            if key[:1] == keys.CASE:
                state.due_cases.append(key)
                continue
            fact = state.any_fact(key)
            if isinstance(fact, Assistance):
                _lapse(state, out, cause, fact)
            elif isinstance(fact, Need | Enrolment):
                _learn_purpose(state, fact)
                gaps.evaluate(state, out, cause, [fact])


def _learn_purpose(state: RegistryState, gap: gaps.Gap) -> None:
    """A programme may have declared its purpose after an enrolment in it was reported."""
    if not isinstance(gap, Enrolment):
        return
    programme = state.programme(gap.content["programme"])
    purpose = programme["purpose"] if programme else ""
    if purpose != gap.purpose:
        before = Place(state, gap)
        gap.purpose = purpose
        state.change(gap)
        reindex(state, gap, before)


def _lapse(state: RegistryState, out: RegistryOutput, cause: Cause, plan: Assistance) -> None:
    if not plan.lapsed(state.common.today):
        return
    answers.update_outcomes(state, out, plan, answers.outcomes_of(plan))
    answers.free(state, out, plan)
    state.change(plan)
    gaps.evaluate(state, out, cause, gaps.within_reach(state, plan))
