"""What was checked of a pair, recorded with its finding: why the two records met. Pure.

Of a link that holds in several ways the strongest is named (docs/decisions/0023).
"""

from itertools import product
from typing import Literal

from events.outputs import PairChecks
from processors.registry import links
from processors.registry.days import iso
from processors.registry.links import Link, LinkView, type_of
from processors.registry.records import Assistance
from processors.registry.rules import (
    Overlap,
    Rules,
    Transfer,
    Window,
    effective_window,
    least_overlap,
)

Judged = tuple[Assistance, LinkView]
"""A record, and how links saw it when it was judged."""
Met = set[tuple[str, str, str]]
"""(role in a, role in b, type of a token) of those who met."""


def of_pair(a: Judged, b: Judged, link: Link, overlap: Overlap, rules: Rules) -> PairChecks:
    """The checks of two records that are linked and may not stand together under these rules."""
    one, other = a[0].transfer(), b[0].transfer()
    window_a, window_b = effective_window(one, rules), effective_window(other, rules)
    at = overlap.at_beneficiary
    weight, succession = (0, 0), _succession(a[1], b[1], link, at)
    match link.name:
        case "telephone-or-account" | "weak":
            met, weight = _by_weak(a[1], b[1], link, at, rules)
        case "case-number":
            met = _by_case(a, b)
        case _:
            met = _by_number(a[1], b[1], link, at)
    return PairChecks(
        link=link.name,
        subjects=[list(triple) for triple in sorted(met)],
        meets_by=overlap.by,
        matched_as="beneficiary" if at else "household",
        succession=succession,
        window_a=_days(window_a),
        window_b=_days(window_b),
        overlap_days=window_a.meet(window_b).days,
        least_overlap_days=least_overlap(window_a, window_b, rules),
        modality_class=_class(one, overlap, rules),
        same_programme=(one.org, one.programme) == (other.org, other.programme),
        weight=weight[0],
        threshold=weight[1],
    )


def _class(one: Transfer, overlap: Overlap, rules: Rules) -> int | None:
    return None if overlap.by == "excluding-programmes" else rules.classes[one.modality]


def _days(window: Window) -> list[str]:
    return [iso(window.start), iso(window.end)]


def _succession(a: LinkView, b: LinkView, link: Link, at: bool) -> Literal["", "one", "several"]:
    if link.by_one:
        return "one"
    rests_on_it = links.by_numbers(a, b, b.sure, at) == link.name
    return "several" if rests_on_it and links.by_numbers(a, b, b.own, at) != link.name else ""


def _who(view: LinkView, at: bool) -> list[int]:
    """Those who may meet somebody: the beneficiaries, or all that the record lists."""
    return view.served(True) if at else [*range(len(view.roles))]


def _by_number(a: LinkView, b: LinkView, link: Link, at: bool) -> Met:
    of_b = b.vouched if link.by_one else b.sure
    return {
        (a.roles[i], b.roles[j], type_of(token))
        for i, j in product(_who(a, at), _who(b, at))
        for token in a.own[i] & of_b[j]
    }


def _by_case(a: Judged, b: Judged) -> Met:
    shared = a[1].case & b[1].case
    return {
        (role_a, role_b, type_of(token))
        for role_a, _, loose_a in a[0].people
        for role_b, _, loose_b in b[0].people
        for token in shared.intersection(loose_a, loose_b)
    }


def _by_weak(
    a: LinkView, b: LinkView, link: Link, at: bool, rules: Rules
) -> tuple[Met, tuple[int, int]]:
    """Who met, and of weak tokens the most that two people's weighed, and from which weight."""
    met: Met = set()
    weighed = (0, 0)
    for i, j in product(_who(a, at), _who(b, at)):
        shared, one, other = a.loose[i] & b.loose[j], a.own[i], b.own[j]
        if not shared or links.by_weak(shared, a.sharers, rules, one, other) != link.name:
            continue
        kinds = links.telling(shared, a.sharers, rules)
        if link.name == "weak":
            kinds = {kind for kind in map(type_of, shared) if kind in rules.weak_weights}
            apart = links.stand_apart(one, other)
            threshold = rules.weak_threshold_apart if apart else rules.weak_threshold
            weighed = max(weighed, (links.weight_of(shared, rules), threshold))
        met.update((a.roles[i], b.roles[j], kind) for kind in kinds)
    return met, weighed
