"""Identifiers of persons: schemes, canonical forms, check digits and placeholders.

A scheme is `country.kind`. National numbers are checked by python-stdnum; passports
(`xx.passport`) and UNHCR individual numbers (`unhcr.individual`) by their form, as
no check digit stands on them. A number is canonical when two people who copy it from
the same document write the same characters.

Weak identifiers (`weak.phone`, `weak.iban`; those of names are in `events.weak`) and case numbers
(`case.` and the issuer) are canonicalised here too: they stand for whoever shares them.
Nothing here puts a number into an error: a refusal names the column only.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

import phonenumbers
from stdnum import get_cc_module, iban
from stdnum.exceptions import ValidationError

from events.rejection import Reason, Refusal

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

# Numbers that people type to get past a form. The first four pass the check digits; the
# last four are printed on sample cards or in advertisements (SSA).
PLACEHOLDERS: Final = (
    (TURKISH, "11111111110"),
    (TURKISH, "22222222220"),
    (TURKISH, "12345678950"),
    (TURKISH, "99999999990"),
    ("us.ssn", "123456789"),
    ("us.ssn", "078051120"),
    ("us.ssn", "219099999"),
    ("us.ssn", "457555462"),
)
PHONE: Final = "weak.phone"
IBAN: Final = "weak.iban"
PHONE_REGION: Final = "TR"
"""Where a telephone number without a country code is from."""

_PLACEHOLDERS: Final = frozenset(PLACEHOLDERS)
_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,12}")
_PASSPORT_SCHEME: Final = re.compile(r"[a-z]{2}\.passport")
_UNHCR: Final = re.compile(r"[A-Z0-9]{8,14}")
_TURKISH_DIGITS: Final = 11
_CASE_NUMBER: Final = re.compile(r"[A-Z0-9/._]{2,40}")
_ISSUER: Final = re.compile(r"[A-Z][A-Z0-9]{2,11}")


def normalise(number: str) -> str:
    """ASCII digits and capital letters, without spaces, dashes and invisible marks.

    Arabic-Indic and full-width digits become ASCII. Other characters stay, so that a
    slip is refused by the scheme's check instead of being repaired by guessing.
    """
    if number.isascii() and number.isdigit():
        return number  # as most are written, and a list has many
    kept = []
    for char in unicodedata.normalize("NFKC", number):
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
    scheme = text.strip().lower().replace("_", ".").replace("i̇", "i")
    if not scheme:
        digits = normalise(number)
        if len(digits) == _TURKISH_DIGITS and digits.isdigit():
            return TURKISH
        raise Refusal(Reason.MISSING_FIELD, SCHEME_FIELD)
    scheme = ALIASES.get(scheme, scheme)
    if _is_personal(scheme):
        return scheme
    raise Refusal(Reason.INVALID_VALUE, SCHEME_FIELD)


def identifier(scheme: str, number: str) -> tuple[str, str]:
    """(token type, canonical number) of a person's identifier.

    Raises Refusal: placeholder-identifier, invalid-identifier, or what `scheme_of` raises.
    """
    kind = scheme_of(scheme, number)
    digits = normalise(number)
    if is_placeholder(kind, digits):
        raise Refusal(Reason.PLACEHOLDER, NUMBER_FIELD)
    return kind, _checked(kind, digits)


def is_placeholder(kind: str, digits: str) -> bool:
    """True if a normalised number stands for nobody: all characters equal, or a known filler."""
    return len(set(digits)) == 1 or (kind, digits) in _PLACEHOLDERS


def phone(text: str) -> tuple[str, str]:
    """(`weak.phone`, E.164 form) of a telephone number, Turkish unless it says otherwise.

    Raises Refusal(invalid-identifier, placeholder-identifier) naming the column.
    """
    try:
        number = phonenumbers.parse(normalise(text), PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise Refusal(Reason.INVALID_IDENTIFIER, "phone") from None
    if len(set(str(number.national_number))) == 1:
        raise Refusal(Reason.PLACEHOLDER, "phone")
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Refusal(Reason.INVALID_IDENTIFIER, "phone")
    return PHONE, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def account(text: str) -> tuple[str, str]:
    """(`weak.iban`, IBAN without spaces) of a bank account (ISO 13616: length, check digits).

    Raises Refusal(invalid-identifier) naming the column.
    """
    try:
        return IBAN, iban.validate(normalise(text))
    except ValidationError:
        raise Refusal(Reason.INVALID_IDENTIFIER, "iban") from None


def case_number(text: str, org: str) -> tuple[str, str]:
    """(`case.` and the issuer, number) of a household's case number.

    The issuer is the organisation that publishes, unless the text says `ISSUER:number`.
    Raises Refusal(invalid-identifier, placeholder-identifier) naming the column.
    """
    before, colon, after = text.rpartition(":")
    issuer = folded(before).replace(" ", "").upper() if colon else org
    number = folded(normalise(after), keep="/._").replace(" ", "").upper()
    if not _ISSUER.fullmatch(issuer) or not _CASE_NUMBER.fullmatch(number):
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    digits = [char for char in number if char.isdigit()]
    if not digits:
        raise Refusal(Reason.INVALID_IDENTIFIER, "case_number")
    if len(set(number)) == 1:
        raise Refusal(Reason.PLACEHOLDER, "case_number")
    return f"case.{issuer.lower()}", number


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
    return scheme in PERSONAL or scheme == UNHCR or bool(_PASSPORT_SCHEME.fullmatch(scheme))


@lru_cache(maxsize=1_024)
def is_strong(token_type: str) -> bool:
    """True if a token of this type stands for one person.

    A case number (`case.`) stands for a household, and a `weak.` token for whoever
    shares a name, a telephone or an account.
    """
    return not token_type.startswith(("case.", "weak."))


def _checked(kind: str, digits: str) -> str:
    if kind == UNHCR or kind.endswith(".passport"):
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
