"""Faults in what meets though it differs, and in confirming large sums: see `faults`."""

from typing import Final

from tests.oracle.planting import Fault

JOINED: Final = (
    Fault(
        "a part does not meet", "rules", 0,
        'return "as-part" if b.purpose in rules.parts.get(a.purpose, ()) else None', "return None",
        strategy="parts",
    ),
    Fault(
        "a part meets the whole one way only", "rules", 0,
        "for pair in pairs if one in pair for n in pair if n != one",
        "for pair in pairs if one == pair[0] for n in pair if n != one", strategy="parts",
    ),
    Fault(
        "a part is certain", "links", 0,
        "return link._replace(strength=PROBABLE) if link.strength == CERTAIN else link",
        "return link", strategy="parts",
    ),
    Fault(
        "a possible part is probable", "links", 6,
        "return link._replace(strength=PROBABLE) if link.strength == CERTAIN else link",
        "return link._replace(strength=PROBABLE)", strategy="parts",
    ),
    Fault(
        "a part matched by the beneficiary of one", "rules", 0,
        "return at_beneficiary(a.purpose, rules) and at_beneficiary(b.purpose, rules)",
        "return at_beneficiary(a.purpose, rules) or at_beneficiary(b.purpose, rules)",
        strategy="parts",
    ),
    Fault(
        "other purposes are not looked for", "index", 0,
        "frozenset((purpose,)).union(*parts)", "frozenset((purpose,))", strategy="parts",
    ),
    Fault(
        "programmes exclude nothing", "rules", 0,
        "if b.programme in rules.excludes.get(a.programme, ()) and", "if False and",
        strategy="excluding",
    ),
    Fault(
        "excluding programmes are for one purpose", "index", 3,
        "if any(programme in rules.excludes for rules in state.rules):", "if False:",
        strategy="excluding",
    ),
    Fault(
        "protection excluded", "rules", 0,
        "return transfer.purpose == Purpose.PROTECTION or transfer", "return transfer",
        strategy="excluding",
    ),
    Fault(
        "services excluded", "rules", 0,
        "return transfer.purpose == Purpose.PROTECTION or transfer.modality == Modality.SERVICE",
        "return transfer.purpose == Purpose.PROTECTION", strategy="excluding",
    ),
    Fault(
        "excluding programmes complement each other", "findings", 0,
        'if overlap.by == "excluding-programmes":', "if False:", strategy="excluding",
    ),
    Fault(
        "excluding programmes are at most probable", "findings", 0,
        'if link and overlap.by == "as-part":', 'if link and overlap.by != "purpose":',
        strategy="excluding",
    ),
    Fault(
        "one person confirms a large sum", "decisions", 6,
        "if stops_aid or _is_large(state, act):", "if stops_aid:", strategy="large sums",
    ),
    Fault(
        "two people from the sum on", "decisions", 46,
        "total > most", "total >= most", strategy="large sums",
    ),
    Fault(
        "a large sum of what is open", "cases", 26,
        "pairs = _certain_pairs(case.confirmed) + _certain_pairs(case.open)",
        "pairs = _certain_pairs(case.open)", strategy="large sums",
    ),
    Fault(
        "a large sum of one month", "cases", 64,
        "total += share", "total = max(total, share)", strategy="large sums",
    ),
    Fault(
        "a large sum needs a notice", "decisions", 62,
        "if stops_aid and not _has_notice", "if not _has_notice", strategy="large sums",
    ),
)  # fmt: skip
