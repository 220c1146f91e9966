"""Numbers that people type to get past a form, by one rule for all kinds of identifiers (pure).

A filler is a number that nobody has to know: one digit again and again, counting up from 0 or 1
or down from 9, one digit and zeros. Check digits do not help, as somebody computes them once and
manuals print the result (10000000146); so the rule looks at what stands before them. What the
rule does not find stands in KNOWN, with where it is printed. Sources: docs/facts.md.

Strong placeholders make strangers one person, so they are refused. Weak ones are left out.
"""

import re
from typing import Final

MIN_DIGITS: Final = 5
"""A shorter run of digits says nothing: 1234 is somebody's number."""
_UP: Final = "01234567890123456789"
_UP_FROM_ONE: Final = _UP[1:]
_DOWN: Final = "98765432109876543210"

# How many characters at a number's end are computed from the others; where it is not said: one.
_CHECK_DIGITS: Final = {"tr.tckimlik": 2, "br.cpf": 2} | dict.fromkeys(
    ("us.ssn", "us.itin", "us.atin", "ar.dni", "cr.cpf", "pk.cnic", "my.nric", "id.nik"), 0
)

KNOWN: Final = frozenset({
    ("tr.tckimlik", "10000000146"),  # the first that passes, printed in manuals
    ("us.ssn", "078051120"),  # a wallet's sample card (SSA)
    ("us.ssn", "219099999"),  # a pamphlet's (SSA)
    ("us.ssn", "457555462"),  # an advertisement's
    ("gb.nhs", "9434765919"),  # of manuals and test systems
    ("de.idnr", "86095742719"),
    ("br.cpf", "39053344705"),
})  # fmt: skip
"""(type, number) of examples that the rule does not find."""

# of the SWIFT IBAN registry and of encyclopaedias; TR33… of the same registry is not among
# them, as the acceptance scenarios pay to it
_ACCOUNTS: Final = """
    AE070331234567890123456 AT611904300234573201 BH67BMAG00001299123456
    CH9300762011623852957 CY17002001280000001200527600 DE89370400440532013000
    DE75512108001245126199 DK5000400440116243 EG380019000500000000263180002
    ES9121000418450200051332 FR1420041010050500013M02606 FR7630006000011234567890189
    GB29NWBK60161331926819 GB82WEST12345698765432 GB33BUKB20201555555555
    GR1601101250000000012300695 IE29AIBK93115212345678 IL620108000000099999999
    IQ98NBIQ850123456789012 IT60X0542811101000000123456 JO94CBJO0010000000000131000302
    KW81CBKU0000000000001234560101 LB62099900000001001901229114 LU280019400644750000
    NL91ABNA0417164300 NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874
    PS92PALS000000000400123456702 PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG
    RO49AAAA1B31007593840000 SA0380000000608010167519 SE4550000000058398257466
    TN5910006035183598478831 UA213223130000026007233566001
"""
KNOWN_ACCOUNTS: Final = frozenset(_ACCOUNTS.split())


def is_filler(digits: str) -> bool:
    """True for digits (at least MIN_DIGITS) that stand for nobody whatever the scheme."""
    if len(digits) < MIN_DIGITS or not digits.isascii() or not digits.isdigit():
        return False
    same = not digits.strip(digits[0])
    counted = counts(digits) or digits == _UP[: len(digits)]
    return same or counted or not digits[:-1].strip("0") or not digits[1:].strip("0")


def counts(digits: str) -> bool:
    """True for 12345… and 98765…, of any length."""
    return digits in (_UP_FROM_ONE[: len(digits)], _DOWN[: len(digits)])


def is_placeholder(kind: str, digits: str) -> bool:
    """True if a normalised number of a scheme stands for nobody."""
    return len(set(digits)) == 1 or (kind, digits) in KNOWN or _is_filled(kind, digits)


def _is_filled(kind: str, digits: str) -> bool:
    # letters before and behind say a series, a country or a check: Z of 12345678Z, N of N0000000
    bare = digits.strip(_LETTERS)
    if not bare.isdigit():
        return False
    if kind.endswith(".passport"):  # a series begins its numbers where it likes: N0123456 is one
        return is_filler(bare) and not bare.startswith("01")
    if kind == "unhcr.individual":  # the office stands before the person's number
        return is_filler(bare[3:])
    most = _CHECK_DIGITS.get(kind, int(bare == digits))  # a letter at the end is the check
    return any(is_filler(bare[: len(bare) - cut]) for cut in range(most + 1))


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_placeholder_phone(country_code: int, national: str) -> bool:
    """True for a telephone number (without its country code) that stands for nobody."""
    if is_filler(national):
        return True
    # of a Turkish mobile number three digits are the network's: 0532 123 45 67 is every manual's
    return country_code == _TURKEY and bool(_TURKISH_MOBILE.fullmatch(national))


_TURKEY: Final = 90
_TURKISH_MOBILE: Final = re.compile(r"5\d\d(?:0{7}|1{7}|1234567|7654321|5{7}|9{7})")


def is_placeholder_account(iban: str) -> bool:
    """True for an IBAN of manuals, or one whose account number is a filler."""
    bban = iban[4:]
    return iban in KNOWN_ACCOUNTS or is_filler(bban) or is_filler(bban.lstrip(_LETTERS))
