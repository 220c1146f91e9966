"""When two records meet: certain, probable, possible. Pairwise, never chained."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import TypeAlias

from tests.oracle.policy import Rules
from tests.oracle.world import Person, Token, World

RANK = {"certain": 3, "probable": 2, "possible": 1}
Same: TypeAlias = Callable[[Person, Person], bool]


def targets(people: Sequence[Person], per_beneficiary: bool) -> list[Person]:
    """Whom a record is for: its beneficiaries, or its recipient; the recipient per household."""
    found = [person for person in people if person.role == "beneficiary"]
    if per_beneficiary and found:
        return found
    return [person for person in people if person.role == "recipient"]


def has_strong(people: Sequence[Person], per_beneficiary: bool) -> bool:
    """Whether whom the record is for has a strong token."""
    return any(person.strong for person in targets(people, per_beneficiary))


def link(
    world: World,
    rules: Rules,
    one: Sequence[Person],
    other: Sequence[Person],
    per_beneficiary: bool,
) -> str | None:
    """The strongest link between two records' people, None if they do not meet."""

    def certainly(a: Person, b: Person) -> bool:
        return same_person(world, a, b)

    def probably(a: Person, b: Person) -> bool:
        return same_person(world, a, b, unconfirmed=True)

    found = [_by_roles(certainly, one, other, per_beneficiary)]
    if (said := _by_roles(probably, one, other, per_beneficiary)) is not None:
        found.append("probable" if said == "certain" else said)
    if per_beneficiary:
        one, other = targets(one, True), targets(other, True)
    if not per_beneficiary and any(a.household & b.household for a, b in product(one, other)):
        found.append("probable")
    ignored = ignored_contacts(world, rules.shared_identifier_recipients)
    if any(_weakly(rules, ignored, a, b) for a, b in product(one, other)):
        found.append("possible")
    return max((level for level in found if level), key=lambda level: RANK[level], default=None)


def same_person(world: World, a: Person, b: Person, unconfirmed: bool = False) -> bool:
    """Whether two subjects share a strong token, or a succession joins one of each.

    A succession counts with two organisations behind it, or with one if `unconfirmed`.
    """
    if a.strong & b.strong:
        return True
    return any(
        (x in a.strong and y in b.strong) or (x in b.strong and y in a.strong)
        for (x, y), orgs in world.successions.items()
        if unconfirmed or len(orgs) > 1
    )


def _by_roles(
    same: Same, one: Sequence[Person], other: Sequence[Person], per_beneficiary: bool
) -> str | None:
    if per_beneficiary:
        pairs = product(targets(one, True), targets(other, True))
        return "certain" if any(same(a, b) for a, b in pairs) else None
    (recipient_one,), (recipient_other,) = targets(one, False), targets(other, False)
    members_one = [person for person in one if person.role != "recipient"]
    members_other = [person for person in other if person.role != "recipient"]
    listed_in_other = any(same(recipient_one, person) for person in members_other)
    listed_in_one = any(same(recipient_other, person) for person in members_one)
    if same(recipient_one, recipient_other) or (listed_in_one and listed_in_other):
        return "certain"
    shared = min(
        sum(any(same(a, b) for b in members_other) for a in members_one),
        sum(any(same(a, b) for a in members_one) for b in members_other),
    )
    if listed_in_one or listed_in_other or shared >= 2:
        return "probable"
    return "possible" if shared else None


def _weakly(rules: Rules, ignored: frozenset[Token], a: Person, b: Person) -> bool:
    # a type counts once: two tokens of it may be one value in two epochs
    contacts = a.contacts & b.contacts
    if {name for name, _ in contacts} - {name for name, _ in contacts & ignored}:
        return True
    weight = sum(rules.weak_weights.get(name, 0) for name in {name for name, _ in a.weak & b.weak})
    asked = rules.weak_threshold
    if rules.weak_threshold_apart is not None and _contradicted(a, b):
        asked = rules.weak_threshold_apart
    return weight >= asked


def _contradicted(a: Person, b: Person) -> bool:
    """Whether numbers of one type speak against the two being one, and no number speaks for it."""
    alike = [x == y for x, y in product(a.strong, b.strong) if x[0] == y[0]]
    return bool(alike) and not any(alike)


def ignored_contacts(world: World, too_many: int) -> frozenset[Token]:
    """Phones and IBANs that too many distinct recipients of live delivered records share."""
    if too_many in world.ignored:
        return world.ignored[too_many]
    carriers: dict[Token, list[tuple[object, frozenset[Token]]]] = {}
    for aid in world.delivered():
        (recipient,) = targets(aid.people, False)
        for contact in frozenset().union(*(person.contacts for person in aid.people)):
            carriers.setdefault(contact, []).append((aid.key, recipient.strong))
    return frozenset(
        contact for contact, recipients in carriers.items() if _distinct(recipients) >= too_many
    )


def _distinct(recipients: Sequence[tuple[object, frozenset[Token]]]) -> int:
    """How many people these are: one for tokens that overlap, one for each record without any."""
    groups: list[frozenset[object]] = []
    for key, strong in recipients:
        mine: frozenset[object] = strong or frozenset([key])
        for group in [group for group in groups if group & mine]:
            groups.remove(group)
            mine |= group
        groups.append(mine)
    return len(groups)
