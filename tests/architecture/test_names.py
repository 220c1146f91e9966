"""No real programme's or organisation's name stands on made-up figures.

Scenarios, tests and demo speak of families, sums and double payments that never were: a reader who
knows the field would take a real name beside them for a finding about somebody. Which documents
speak of real ones, of real facts alone, says `FACTS`.
"""

import gzip
import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.test_files import texts
from tests.architecture.tree import ROOT

PROGRAMMES: Final = (
    "C-?ESSN", "T?-?SUY", "T-?ESSN", "ESSN", "CCTE", "ŞEY", "ŞNT", "MPCA", "SED", "KIZILAY ?KART",
    "SOSYAL UYUM( YARDIMI)?", "SOCIAL SAFETY NET", "TAMAMLAYICI SUY", "FRIT", "3RP",
)  # fmt: skip
ORGANISATIONS: Final = (
    "KIZILAY", "TRC", "TÜRK KIZILAYI?", "AFAD", "ASAM", "SGDD", "SYDV", "SYDTF", "HAYATA DESTEK",
    "SUPPORT TO LIFE", "MAVİ KALEM", "İHH", "DENİZ FENERİ", "YEŞİLAY", "AÇEV", "TEGV",
    "DARÜŞŞAFAKA", "UNICEF", "WFP", "IOM", "UNDP", "UNFPA", "UNRWA", "ILO", "IFRC", "ICRC",
    "ECHO", "GIZ", "USAID", "IRC", "NRC", "OXFAM", "CARITAS", "MERCY CORPS", "WELTHUNGERHILFE",
    "SAVE THE CHILDREN", "CARE INTERNATIONAL", "HALKBANK", "ZİRAAT BANKASI", "BMMYK",
)  # fmt: skip
WORD: Final = r"(?<![^\W_])({})(?![^\W_])"
NAMES: Final = re.compile(WORD.format("|".join((*PROGRAMMES, *ORGANISATIONS))))
"""As they are written: in capitals, or with a capital at the head of each word."""
FACTS: Final = {
    "docs/facts.md": "what others do, with its sources",
    "tests/architecture/test_names.py": "the list itself",
}
OF_OTHERS: Final = (
    "tests/vectors/",
    "tests/data/febrl/",
    "data/geo/",
    "examples/javascript/package",
)
"""What other bodies published, as it came: their words, licences and places."""
IDENTIFIERS: Final = {"BMMYK"}
"""Names of a kind of number on a document, which is no organisation's figure."""
JOURNALS: Final = "tests/data/journals/v0/journals.jsonl.gz"


def capitals(text: str) -> str:
    """A text in which names that are written with small letters stand in capitals (Turkish)."""
    return re.sub(
        r"\b[A-ZÇĞİÖŞÜ]\w+",
        lambda word: word[0].replace("i", "İ").replace("ı", "I").upper(),
        text,
    )


def told() -> Iterator[tuple[str, str]]:
    """Path and text of all that may hold made-up figures."""
    for name, text in texts():
        if name not in FACTS and not name.startswith(OF_OTHERS):
            yield name, text


def real_names(text: str) -> set[str]:
    """The real names in a text: written in capitals, or as words with a capital."""
    found = {match[1] for match in NAMES.finditer(text)}
    return found | {match[1] for match in NAMES.finditer(capitals(text)) if len(match[1]) > 4}


def test_no_real_name_stands_on_made_up_figures() -> None:
    found = {(name, one) for name, text in told() for one in real_names(text) - IDENTIFIERS}
    assert found == set()


def test_nor_in_the_journals_of_before() -> None:
    text = gzip.decompress((ROOT / JOURNALS).read_bytes()).decode()
    codes = set(re.findall(r'\\?"(?:org|owner|programme|name|donor)\\?":\\?"([^"\\]+)', text))
    assert len(codes) > 5, "a check that saw nothing fails"
    assert {code for code in codes if real_names(code.replace("-", " "))} == set()


@pytest.mark.parametrize(
    ("text", "bites"),
    [
        ("KIZ ESSN k1 basic-needs", True),
        ("programme KIZ-CCTE 900", True),
        ('Offer("KIZ", "MPCA", 3000)', True),
        ("KIZ_SUY", True),
        ("Türk Kızılayı 6000", True),
        ("Kızılaykart ile", True),
        ("Hayata Destek Derneği", True),
        ("ESN AID e1 rent", False),
        ("a session, an essential, ccter", False),
        ("KIZ-TEMEL and KIZ-EK2", False),
        ("closed, needed, echo done", False),
        ("sed -i s/a/b/", False),
    ],
)
def test_the_list_bites(text: str, bites: bool) -> None:
    assert bool(real_names(text)) == bites


def test_each_exception_is_there() -> None:
    assert all((ROOT / name).is_file() for name in FACTS)
