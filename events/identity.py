"""Identifiers of persons: schemes, canonical forms and check digits.

A scheme is `country.kind`. National numbers are checked by python-stdnum; passports
(`sy.passport`) and UNHCR individual numbers (`unhcr.individual`) by their form, as
no check digit stands on them. What stands in a cell is read by `events.written` before,
fillers are known by `events.placeholders`. A number is canonical when two people who copy it from
the same document write the same characters.

Weak identifiers (`weak.phone`, `weak.iban`; those of names are in `events.weak`) and case numbers
(`case.` and the issuer) are canonicalised here too: they stand for whoever shares them.
Nothing here puts a number into an error: a refusal names the column only.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import cache, lru_cache
from typing import Final

import phonenumbers
from stdnum import get_cc_module, iban
from stdnum.exceptions import ValidationError

from events.iso import COUNTRIES
from events.placeholders import (
    counts,
    is_placeholder,
    is_placeholder_account,
    is_placeholder_phone,
)
from events.rejection import Reason, Refusal
from events.written import unmarked

NUMBER_FIELD: Final = "id_number"
SCHEME_FIELD: Final = "id_scheme"
TURKISH: Final = "tr.tckimlik"
UNHCR: Final = "unhcr.individual"

# Citizens' numbers and foreigners' 99… (once 98…) numbers share one number space and one
# check-digit scheme, so a partner who mixes the names up must still meet the same person.
ALIASES: Final = {
    "tr.tckn": TURKISH,
    "tr.tc": TURKISH,
    "tr.ykn": TURKISH,
    "tr.national": TURKISH,
    "tr.id": TURKISH,
    "tckn": TURKISH,
    "tckimlik": TURKISH,
    "ykn": TURKISH,
    "ssn": "us.ssn",
    "unhcr": UNHCR,
    "unhcr.id": UNHCR,
}

# A closed list: python-stdnum also knows companies, banks and schools, and such a number
# as a strong identifier would make strangers one person. Modules whose answer depends on
# today's date are left out, as a replay next year has to say the same.
PERSONAL: Final = frozenset({
    TURKISH, "us.ssn", "us.itin", "us.atin", "ar.dni", "at.vnr", "be.bis", "bg.egn", "bg.pnf",
    "br.cpf", "ca.sin", "ch.ssn", "cn.ric", "co.nit", "cr.cpf", "cu.ni", "cz.rc", "de.idnr",
    "do.cedula", "ec.ci", "ee.ik", "es.dni", "es.nie", "fi.hetu", "fr.nir", "gb.nhs",
    "gr.amka", "hr.oib", "id.nik", "ie.pps", "il.idnr", "in.aadhaar", "it.codicefiscale",
    "lt.asmens", "mu.nid", "mx.curp", "my.nric", "nl.bsn", "pe.cui", "pk.cnic", "pl.pesel",
    "pt.cc", "ro.cnp", "si.emso", "sk.rc", "th.pin", "ua.rntrc",
})  # fmt: skip

PHONE: Final = "weak.phone"
IBAN: Final = "weak.iban"
PHONE_REGION: Final = "TR"
"""Where a telephone number without a country code is from."""

WELL_KNOWN_ISSUERS: Final = frozenset({"UNH", "UNHCR"})
"""Whose case numbers others write down, also where nobody has a list of the organisations."""

_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,12}")
_UNHCR: Final = re.compile(r"[0-9]{11}")
"""The office's three digits and a person's eight: 385-00012345."""
_MOST_ZEROS: Final = 12
_LEAST_PHONE: Final = 7
_TURKISH_DIGITS: Final = 11
_CASE_NUMBER: Final = re.compile(r"[A-Z0-9/._]{2,40}")
_ISSUER: Final = re.compile(r"[A-Z][A-Z0-9]{2,11}")


def normalise(number: str) -> str:
    """ASCII digits and capital letters, without spaces, dashes and marks (`written.unmarked`).

    Arabic-Indic and full-width digits become ASCII. Other characters stay, so that a
    slip is refused by the scheme's check instead of being repaired by guessing.
    """
    if number.isascii() and number.isdigit():
        return number  # as most are written, and a list has many
    kept = []
    for char in unicodedata.normalize("NFKC", unmarked(number)):
        category = unicodedata.category(char)
        if char.isspace() or char == "'" or category in ("Pd", "Cf", "Cc"):
            continue
        kept.append(str(unicodedata.decimal(char)) if category == "Nd" else char)
    return "".join(kept).upper()


def scheme_of(text: str, number: str = "") -> str:
    """The scheme that `text` means; an empty text with an 11-digit number is Turkish.

    Raises Refusal(missing-field) if it is empty with another number, and
    Refusal(invalid-value) if it is not a scheme of persons.
    """
    scheme = unmarked(text).lower().replace("_", ".").replace("i̇", "i")
    if not scheme:
        digits = normalise(number)
        if len(digits) == _TURKISH_DIGITS and digits.isdigit():
            return TURKISH
        raise Refusal(Reason.MISSING_FIELD, SCHEME_FIELD)
    scheme = ALIASES.get(scheme, scheme)
    if _is_personal(scheme):
        return scheme
    raise Refusal(Reason.INVALID_VALUE, SCHEME_FIELD)


def identifier(scheme: str, number: str, *, was_number: bool = False) -> tuple[str, str]:
    """(token type, canonical number) of a person's identifier.

    `was_number`: it stood in a number cell, where zeros before it are lost. Then it counts only
    if no zero can be missing, which check digits or a length say.
    Raises Refusal: placeholder-identifier, invalid-identifier, digits-lost, or what `scheme_of`
    raises.
    """
    kind = scheme_of(scheme, number)
    digits = normalise(number)
    if is_placeholder(kind, digits):
        raise Refusal(Reason.PLACEHOLDER, NUMBER_FIELD)
    found = _checked(kind, digits)
    if was_number and _may_lack_zeros(kind, digits, found):
        raise Refusal(Reason.DIGITS_LOST, NUMBER_FIELD)
    return kind, found


def _may_lack_zeros(kind: str, digits: str, found: str) -> bool:
    for count in range(1, _MOST_ZEROS):
        try:
            if _checked(kind, "0" * count + digits) != found:
                return True
        except Refusal:
            continue
    return False


def phone(text: str) -> tuple[str, str]:
    """(`weak.phone`, E.164 form) of a telephone number, Turkish unless it says otherwise.

    Raises Refusal(invalid-identifier, placeholder-identifier) naming the column.
    """
    try:
        number = phonenumbers.parse(normalise(text), PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise Refusal(Reason.INVALID_IDENTIFIER, "phone") from None
    national = str(number.national_number)
    if len(set(national)) == 1 or (
        len(national) >= _LEAST_PHONE and is_placeholder_phone(number.country_code or 0, national)
    ):
        raise Refusal(Reason.PLACEHOLDER, "phone")
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Refusal(Reason.INVALID_IDENTIFIER, "phone")
    return PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def account(text: str) -> tuple[str, str]:
    """(`weak.iban`, IBAN without spaces) of a bank account (ISO 13616: length, check digits).

    Raises Refusal(invalid-identifier, placeholder-identifier) naming the column.
    """
    try:
        found = iban.validate(normalise(text))
    except ValidationError:
        raise Refusal(Reason.INVALID_IDENTIFIER, "iban") from None
    if is_placeholder_account(found):
        raise Refusal(Reason.PLACEHOLDER, "iban")
    return IBAN, found


def case_number(text: str, org: str, issuers: Collection[str] | None = None) -> tuple[str, str]:
    """(`case.` and the issuer, number) of a household's case number.

    The issuer is the organisation that publishes, unless the text says `ISSUER:number`: one of
    `issuers`, where these are given, or of WELL_KNOWN_ISSUERS.
    Raises Refusal(invalid-identifier, placeholder-identifier) naming the column.
    """
    before, colon, after = unmarked(text).rpartition(":")
    issuer = folded(before).replace(" ", "").upper() if colon else org
    number = folded(normalise(after), keep="/._").replace(" ", "").upper()
    if issuers is not None and issuer not in {org, *issuers, *WELL_KNOWN_ISSUERS}:
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    if not _ISSUER.fullmatch(issuer) or not _CASE_NUMBER.fullmatch(number):
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    digits = [char for char in number if char.isdigit()]
    if not digits:
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    if len(set(number)) == 1 or _CASE_FILLER.fullmatch(number) or _is_counted(number):
        raise Refusal(Reason.PLACEHOLDER, "case_number")
    return f"case.{issuer.lower()}", number


_CASE_FILLER: Final = re.compile(r"\d{5}C?0{5}")
_LEAST_COUNTED: Final = 6


def _is_counted(number: str) -> bool:
    # a shorter one may be somebody's turn: household 12345 is the next after 12344
    return len(number) >= _LEAST_COUNTED and counts(number)


def issuer_of(token_type: str) -> str:
    """The organisation whose case number a token of this type stands for; '' for another type."""
    return token_type.removeprefix("case.").upper() if token_type.startswith("case.") else ""


_TURKISH_LETTERS: Final = str.maketrans("İIı", "iii")


def folded(text: str, keep: str = "") -> str:
    """Letters and digits in lower case, without diacritics; words apart by one space.

    I, İ, ı and i are one letter: who writes a Turkish name on an English keyboard, or in
    capitals, has to meet it. Further marks stay if they are in `keep`.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_TURKISH_LETTERS).casefold())
    kept = (
        char if char.isalnum() or char in keep else " "
        for char in plain
        if not unicodedata.combining(char) and unicodedata.category(char) != "Cf"
    )  # fmt: skip
    return " ".join("".join(kept).split())


@lru_cache(maxsize=1_024)
def is_token_type(kind: str) -> bool:
    """True for a type that all partners write alike: a scheme of persons, `case.…` or `weak.…`.

    An alias or a made-up type would be taken for a strong token that meets nobody's.
    """
    return kind.startswith(("case.", "weak.")) or _is_personal(kind)


def _is_personal(scheme: str) -> bool:
    if scheme.endswith(_PASSPORT_END):
        return scheme.removesuffix(_PASSPORT_END) in COUNTRIES
    return scheme in PERSONAL or scheme == UNHCR


_PASSPORT_END: Final = ".passport"


@lru_cache(maxsize=1_024)
def is_strong(token_type: str) -> bool:
    """True if a token of this type stands for one person.

    A case number (`case.`) stands for a household, and a `weak.` token for whoever
    shares a name, a telephone or an account.
    """
    return not token_type.startswith(("case.", "weak."))


def _checked(kind: str, digits: str) -> str:
    if kind == UNHCR or kind.endswith(_PASSPORT_END):
        pattern = _UNHCR if kind == UNHCR else _PASSPORT
        if not pattern.fullmatch(digits) or not any(char.isdigit() for char in digits):
            raise Refusal(Reason.INVALID_IDENTIFIER, NUMBER_FIELD)
        return digits
    try:
        return _validator(kind)(digits)
    except ValidationError:
        raise Refusal(Reason.INVALID_IDENTIFIER, NUMBER_FIELD) from None


@cache
def _validator(kind: str) -> Callable[[str], str]:
    country, _, name = kind.partition(".")
    module = get_cc_module(country, name)
    if module is None:
        raise LookupError(f"python-stdnum has no module {kind}")
    return module.validate
