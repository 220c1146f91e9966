"""What the stories tell as records of the model, tokenised as a partner does it."""

from collections.abc import Callable, Iterable, Mapping

from events import money
from events.dates import birth
from events.identity import identifier
from events.model import Assistance, Enrolment, Need, Role, Stage, Subject, Token
from events.placeholder_list import PLACEHOLDERS
from events.weak import recipient_identifiers
from lab.demo.aid import Aid, Entry, HouseholdEnrolment, HouseholdNeed, Reference, Seat
from producers.records import derived_id
from producers.tokens import Identifier, Tokeniser, token_map


class Recorder:
    """Makes records. `reference_keys` are the organisations' own; `nonce` gives 32 hex digits."""

    def __init__(self, reference_keys: Mapping[str, bytes], nonce: Callable[[], str]) -> None:
        self._keys, self._nonce = reference_keys, nonce
        self._canonical: dict[tuple[str, str], Identifier] = {}
        self._tokens: dict[Identifier, tuple[Token, ...]] = {}
        self.references: dict[tuple[str, str], Reference] = {}

    def prepare(self, entries: Iterable[Entry], tokeniser: Tokeniser) -> None:
        """Make the tokens of all people of these, as their organisation; before `record`."""
        seats = (seat for entry in entries for seat in entry.seats)
        needed = token_map(tokeniser, (one for seat in seats for one in self._listed(seat)))
        self._tokens |= {
            one: tuple((one[0], value) for value in values) for one, values in needed.items()
        }

    def id_of(self, kind: str, where: Reference) -> str:
        """The id of an organisation's reference in its list of a kind."""
        org, reference = where
        number = derived_id(kind, self._keys[org], org, reference)
        self.references[org, number] = where
        return number

    def record(self, entry: Entry) -> Assistance | Need | Enrolment:
        """The record of one version; `references` then knows whose id it has."""
        if isinstance(entry, Aid):
            return self._assistance(entry)
        return self._need(entry) if isinstance(entry, HouseholdNeed) else self._enrolment(entry)

    def _assistance(self, aid: Aid) -> Assistance:
        no, of = aid.instalment or (None, None)
        paid = aid.stage in (Stage.DELIVERED, Stage.AMENDED, Stage.RETURNED)
        return Assistance(
            kind="assistance",
            nonce=self._nonce(),
            version=aid.version,
            assistance_id=self.id_of("assistance", aid.where),
            programme=aid.programme or aid.offer.programme,
            stage=aid.stage,
            purpose=aid.offer.purpose,
            level=aid.offer.level,
            modality=aid.offer.modality,
            delivery_mechanism=aid.offer.mechanism,
            frequency=aid.offer.frequency,
            instalment_no=no,
            instalment_of=of,
            covers_from=aid.covers[0],
            covers_to=aid.covers[1],
            event_date=aid.covers[0] if paid else None,
            amount=money.from_minor(aid.amount, aid.currency),
            currency=aid.currency,
            value_estimated=not aid.offer.is_money,
            household_size=aid.household_size,
            household_as_of=aid.covers[0],
            district=aid.district,
            subjects=self._subjects(aid.seats),
            protected=aid.protected,
            override_reason=aid.override,
            returned_amount=_returned(aid),
            returned_reason=None if aid.returned is None else "recalled",
        )

    def _need(self, need: HouseholdNeed) -> Need:
        return Need(
            kind="need",
            nonce=self._nonce(),
            version=need.version,
            need_id=self.id_of("need", need.where),
            purpose=need.purpose,
            assessed_on=need.assessed_on,
            closed_on=need.closed_on,
            district=need.district,
            household_size=need.household_size,
            protected=need.protected,
            subjects=self._subjects(need.seats),
        )

    def _enrolment(self, enrolment: HouseholdEnrolment) -> Enrolment:
        return Enrolment(
            kind="enrolment",
            nonce=self._nonce(),
            version=enrolment.version,
            enrolment_id=self.id_of("enrolment", enrolment.where),
            programme=enrolment.offer.programme,
            started_on=enrolment.started_on,
            ended_on=enrolment.ended_on,
            end_reason=enrolment.end_reason,
            district=enrolment.district,
            subjects=self._subjects(enrolment.seats),
        )

    def _subjects(self, seats: Iterable[Seat]) -> tuple[Subject, ...]:
        return tuple(self._subject(seat) for seat in seats)

    def _subject(self, seat: Seat) -> Subject:
        tokens = tuple(token for one in self._listed(seat) for token in self._tokens[one])
        return Subject(role=seat.role, tokens=tokens)

    def _listed(self, seat: Seat) -> tuple[Identifier, ...]:
        written = seat.written or seat.person.number
        strong = PLACEHOLDERS[0] if seat.placeholder else self._identifier(seat.scheme, written)
        numbered = () if seat.unnumbered else (strong,)
        return *numbered, *self._weak(seat), *seat.weak

    def _weak(self, seat: Seat) -> list[Identifier]:
        """Name and birth date of those whom a partner's list names (producers/lists/people.py)."""
        if seat.role is Role.MEMBER:
            return []
        person = seat.person
        birth_date = birth(person.birth_date.isoformat())
        return recipient_identifiers(person.given, person.surname, birth_date)

    def _identifier(self, scheme: str, written: str) -> Identifier:
        """The canonical number; checked once, as a family comes again month by month."""
        known = self._canonical.get((scheme, written))
        if known is None:
            known = self._canonical[scheme, written] = identifier(scheme, written)
        return known


def _returned(aid: Aid) -> str | None:
    return None if aid.returned is None else money.from_minor(aid.returned, aid.currency)
