"""What was checked of a pair, recorded with its finding: why the two records met. Pure.

Of a link that holds in several ways the strongest is named (docs/decisions/0023).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

from events.outputs import PairChecks
from processors.registry import links
from processors.registry.days import iso
from processors.registry.links import Link, LinkView, Tokens, type_of
from processors.registry.records import Assistance
from processors.registry.rules import (
    Rules,
    Window,
    at_beneficiary,
    effective_window,
    least_overlap,
)

Met = set[tuple[str, str, str]]
"""(role in a, role in b, type of a token) of those who met."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A record, and how links saw it when it was judged."""

    record: Assistance
    view: LinkView


class _Two(NamedTuple):
    """Somebody of each record, the weak tokens that both have, and what these weigh."""

    role_a: str
    role_b: str
    shared: Tokens
    weight: int
    threshold: int


def of_pair(a: Judged, b: Judged, link: Link, rules: Rules) -> PairChecks:
    """The checks of two records that are linked and may not stand together under these rules."""
    one, other = a.record.transfer(), b.record.transfer()
    window_a, window_b = effective_window(one, rules), effective_window(other, rules)
    at = at_beneficiary(one.purpose, rules)
    weight = threshold = 0
    succession: Literal["", "one", "several"] = ""
    match link.name:
        case "telephone-or-account":
            met = {
                (two.role_a, two.role_b, kind)
                for two in _by_weak(a.view, b.view, at, rules)
                for kind in links.telling(two.shared, a.view.sharers, rules)
            }
        case "weak":
            found = [*_by_weak(a.view, b.view, at, rules)]
            weight, threshold = max((two.weight, two.threshold) for two in found)
            met = {(two.role_a, two.role_b, type_of(t)) for two in found for t in two.shared}
        case "case-number":
            met = _by_case(a, b)
        case name:
            met = _by_number(a.view, b.view, link, at)
            if links.by_numbers(a.view, b.view, b.view.own, at) != name:
                succession = "one" if link.by_one else "several"
    return PairChecks(
        link=link.name,
        subjects=[list(triple) for triple in sorted(met)],
        matched_as="beneficiary" if at else "household",
        succession=succession,
        window_a=_days(window_a),
        window_b=_days(window_b),
        overlap_days=window_a.meet(window_b).days,
        least_overlap_days=least_overlap(window_a, window_b, rules),
        modality_class=rules.classes[one.modality],
        same_programme=(one.org, one.programme) == (other.org, other.programme),
        weight=weight,
        threshold=threshold,
    )


def _days(window: Window) -> list[str]:
    return [iso(window.start), iso(window.end)]


def _who(seen: LinkView, at: bool) -> list[int]:
    """Those who may meet somebody: the beneficiaries, or all that the record lists."""
    return seen.served(True) if at else [*range(len(seen.roles))]


def _by_number(a: LinkView, b: LinkView, link: Link, at: bool) -> Met:
    of_b = b.said if link.by_one else b.sure
    return {
        (a.roles[i], b.roles[j], type_of(token))
        for i, j in product(_who(a, at), _who(b, at))
        for token in a.own[i] & of_b[j]
    }


def _by_case(a: Judged, b: Judged) -> Met:
    shared = a.view.case & b.view.case
    return {
        (role_a, role_b, type_of(token))
        for role_a, _, loose_a in a.record.people
        for role_b, _, loose_b in b.record.people
        for token in shared.intersection(loose_a, loose_b)
    }


def _by_weak(a: LinkView, b: LinkView, at: bool, rules: Rules) -> Iterator[_Two]:
    """Each two people whose weak tokens make a link possible."""
    for i, j in product(_who(a, at), _who(b, at)):
        shared, one, other = a.loose[i] & b.loose[j], a.own[i], b.own[j]
        if shared and links.by_weak(shared, a.sharers, rules, one, other):
            apart = links.stand_apart(one, other)
            threshold = rules.weak_threshold_apart if apart else rules.weak_threshold
            weight = links.weight_of(shared, rules)
            yield _Two(a.roles[i], b.roles[j], shared, weight, threshold)
