"""Sums over the cap: what one household got in a calendar month, against the basket for its size.

A sum is a delivered record and all that have a certain link to it; one that lies within
a larger one is dropped. Off until a basket is published. No answer follows from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from events import money
from events.ids import sum_id
from events.outputs import FindingRevision, RegistryOutput, SumChecks
from processors.registry import keys, links
from processors.registry.days import iso, months, ordinal
from processors.registry.index import assistances_about, view
from processors.registry.memory import Cause, RegistryState
from processors.registry.records import Assistance
from processors.registry.revising import known_finding, opened, revise
from processors.registry.rules import Basket, Rules, Window, effective_window, in_base_currency

Month = tuple[int, int]
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Around:
    """The records whose sums a change of one record may touch, and the months it concerns."""

    records: frozenset[bytes] = frozenset()
    months: frozenset[Month] = frozenset()

    def __or__(self, other: "Around") -> "Around":
        return Around(self.records | other.records, self.months | other.months)


def around(state: RegistryState, record: Assistance) -> Around:
    """What a change of this record touches, as it stands now; nothing while there is no basket."""
    if not _may_count(state, record):
        return Around()
    near = {record.key, *(other.key for other in _neighbours(state, record))}
    windows = [effective_window(record.transfer(), rules) for rules in state.rules if rules.basket]
    touched = {month for window in windows for month in months(window.start, window.end)}
    return Around(frozenset(near), frozenset(touched))


def _may_count(state: RegistryState, record: Assistance) -> bool:
    """True if the record's money is in the basket of some policy."""
    if not record.delivered or record.protected or not record.people:
        return False
    return any(_is_in(rules.basket, record) for rules in state.rules)


def _is_in(basket: Basket | None, record: Assistance) -> bool:
    return (
        basket is not None
        and record.content["purpose"] in basket.purposes
        and record.content["modality"] in basket.modalities
    )


def _counts_in(record: Assistance, month: Month, rules: Rules) -> bool:
    """True if the record's money is in the basket in a month, by the policy of its first day."""
    window = effective_window(record.transfer(), rules)
    return _is_in(rules.basket, record) and window.start < month[1] and month[0] < window.end


def _neighbours(state: RegistryState, record: Assistance) -> list[Assistance]:
    """Records in some policy's basket that have a certain link to this one."""
    mine = view(state, record)
    return [
        other
        for other in assistances_about(state, record, frozenset(keys.PURPOSES))
        if _may_count(state, other)
        and links.strength(mine, view(state, other), False, links.NUMBERS_ALONE) == links.CERTAIN
    ]


class _Scene:
    """One revision: each record's neighbours are found out once."""

    def __init__(self, state: RegistryState) -> None:
        self._state = state
        self._near: dict[bytes, list[Assistance]] = {}

    def near(self, key: bytes) -> list[Assistance]:
        """The record itself, if it may count, and its neighbours."""
        if key not in self._near:
            record = self._state.assistance(key)
            stands = record is not None and _may_count(self._state, record)
            self._near[key] = (
                [record, *_neighbours(self._state, record)] if record and stands else []
            )
        return self._near[key]

    def members(self, key: bytes, month: Month) -> frozenset[bytes]:
        """The records of the sum around one record in a month; empty if it does not count."""
        rules = self._state.rules_on(month[0])
        near = [one for one in self.near(key) if _counts_in(one, month, rules)]
        return frozenset(r.key for r in near) if near and near[0].key == key else frozenset()


def revise_sums(state: RegistryState, out: RegistryOutput, cause: Cause, touched: Around) -> None:
    """Open, revise or withdraw the sums over the cap that a change has touched."""
    if not touched.records:
        return
    scene = _Scene(state)
    wider = {other.key for key in touched.records for other in scene.near(key)} | touched.records
    for month in sorted(touched.months):
        sets = {key: scene.members(key, month) for key in sorted(wider)}
        known = _known(state, touched.records, iso(month[0]))
        standing = {
            members
            for key, members in sets.items()
            if members
            and (key in touched.records or _names(state, members) in known.values())
            and not any(members < other for other in sets.values())
        }
        _revise_month(state, out, cause, month, standing, known)


def _names(state: RegistryState, members: Iterable[bytes]) -> list[list[str]]:
    records = (state.assistance(key) for key in members)
    return sorted(list(record.order) for record in records if record)


def _known(
    state: RegistryState, records: Iterable[bytes], month: str
) -> dict[str, list[list[str]]]:
    """Findings of a month that list one of the records: id → all that they list."""
    found = {}
    for key in sorted(records):
        value = state.overlay.get(keys.beside(keys.OVER_CAP, key)) or b""
        for at in range(0, len(value), _ID_BYTES):
            finding = known_finding(state, value[at : at + _ID_BYTES].hex())
            if finding is not None and finding["overlap_from"] == month:
                found[finding["finding_id"]] = finding["records"]
    return found


def _revise_month(
    state: RegistryState,
    out: RegistryOutput,
    cause: Cause,
    month: Month,
    standing: set[frozenset[bytes]],
    known: dict[str, list[list[str]]],
) -> None:
    over = {}
    for members in standing:
        records = [record for key in members if (record := state.assistance(key))]
        records.sort(key=lambda record: record.order)
        found = _finding(state, month, records)
        if found is not None:
            over[found["finding_id"]] = found, records
    for fid in sorted(known.keys() - over.keys()):
        revise(state, out, cause, fid, None, [])
    for fid, (finding, records) in sorted(over.items()):
        revise(state, out, cause, fid, finding, records)
        for record in records:
            place = keys.beside(keys.OVER_CAP, record.key)
            before = state.overlay.get(place) or b""
            entry = bytes.fromhex(fid)
            if entry not in {before[i : i + _ID_BYTES] for i in range(0, len(before), _ID_BYTES)}:
                state.overlay.put(place, before + entry)


def _finding(
    state: RegistryState, month: Month, records: list[Assistance]
) -> FindingRevision | None:
    """The sum's finding; None if it keeps to the cap, or an amount in it has no rate."""
    rules = state.rules_on(month[0])
    total = _total(records, month, rules)
    if rules.basket is None or total is None:
        return None
    size, minor = _size(records), money.half_up(total)
    cap = rules.basket.cap(size)
    beyond = minor - cap
    if beyond <= 0:
        return None
    first = records[0]
    place = view(state, first).served(at_beneficiary=False)[0]
    listed = [list(record.order) for record in records]
    fid = sum_id(iso(month[0]), listed)
    currency = rules.base_currency
    checks = SumChecks(
        size=size, cap=money.from_minor(cap, currency), total=money.from_minor(minor, currency)
    )
    found = opened(fid, "over-cap", first, place, rules.version, checks)
    found["overlap_from"], found["overlap_to"] = iso(month[0]), iso(month[1])
    found["amount_at_risk"] = money.from_minor(beyond, currency)
    found["currency"], found["records"] = currency, listed
    return found


def _total(records: list[Assistance], month: Month, rules: Rules) -> Fraction | None:
    total = Fraction(0)
    for record in records:
        transfer = record.transfer()
        window = effective_window(transfer, rules)
        days = window.meet(Window(*month)).days
        share = in_base_currency(transfer, Fraction(days, window.days), rules)
        if share is None:
            return None
        total += share
    return total


def _size(records: list[Assistance]) -> int:
    """The household's size by the newest word on it; of two that disagree the larger."""
    return max(
        (
            ordinal(record.content.get("household_as_of") or record.content["covers_from"]),
            int(record.content.get("household_size") or len(record.people)),
        )
        for record in records
    )[1]
