"""Which person two records share, and how sure that is. Pure.

In this cut only *certain* links exist: the same recipient (beneficiary purposes:
the same beneficiary), or each record's recipient listed in the other. Links are
never chained over households.
"""

from processors.registry.state import Assistance, Person


def tokens_of(record: Assistance, role: str) -> frozenset[str]:
    """The strong tokens of a record's subjects with that role."""
    return frozenset(token for r, tokens in record.people if r == role for token in tokens)


def served(record: Assistance, at_beneficiary: bool) -> frozenset[str]:
    """The tokens of whom the record is for: the recipient, or for some purposes the beneficiaries.

    A record without a beneficiary is one for its recipient.
    """
    if at_beneficiary:
        beneficiaries = [tokens for role, tokens in record.people if role == "beneficiary"]
        if beneficiaries:
            return frozenset(token for tokens in beneficiaries for token in tokens)
    return tokens_of(record, "recipient")


def certain(a: Assistance, b: Assistance, at_beneficiary: bool) -> bool:
    """True if both records certainly serve one household (or one beneficiary)."""
    served_a, served_b = served(a, at_beneficiary), served(b, at_beneficiary)
    if served_a & served_b:
        return True
    if at_beneficiary:
        return False
    return bool(served_a & b.tokens and served_b & a.tokens)


def person_of(a: Assistance, b: Assistance, at_beneficiary: bool) -> Person:
    """Whom a finding is about: a's beneficiary that both share, else a's recipient."""
    if at_beneficiary:
        shared = served(a, True) & served(b, True)
        return min(
            person
            for (_, tokens), person in zip(a.people, a.persons, strict=True)
            if shared.intersection(tokens)
        )
    return next(
        person for (role, _), person in zip(a.people, a.persons, strict=True) if role == "recipient"
    )
