"""The page's words in Turkish, English and Arabic: one catalogue a language. Pure.

Plurals follow CLDR, and so do numbers inside a sentence; Arabic takes Syria's conventions
(Latin digits, Levantine months).
"""

from collections.abc import Mapping
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

from events.texts import Lang, read_catalogues

WORDS: Final = read_catalogues(__file__)
LOCALES: Final[Mapping[Lang, Locale]] = {
    # never the bare "ar": Babel lets a parent that was read before hide a child's own months
    "tr": Locale("tr"),
    "en": Locale("en"),
    "ar": Locale("ar", "SY"),
}
COUNTED: Final = "n"
"""The value that a sentence's plural follows."""


def say(lang: Lang, key: str, **values: str | int) -> str:
    """The words for `key` with values filled in; numbers in the reader's form.

    Raises KeyError for a key that is not there. In Arabic each value is kept apart from the
    direction of the text around it (Unicode isolates).
    """
    text = WORDS[lang][key]
    if not isinstance(text, str):
        text = text[LOCALES[lang].plural_form(int(values[COUNTED]))]
    shown = {
        name: count(lang, value) if isinstance(value, int) else value
        for name, value in values.items()
    }
    if lang == "ar":
        shown = {name: f"\u2068{value}\u2069" for name, value in shown.items()}
    return text.format(**shown)


def word(lang: Lang, family: str, code: str) -> str:
    """The word for a code; a code that is newer than this page is shown as it is, '' as –."""
    return str(WORDS[lang].get(f"{family}.{code}", code)) or "–"


def codes(family: str) -> tuple[str, ...]:
    """The codes of a family that have words, in the order of the catalogue."""
    parted = (key.partition(".") for key in WORDS["tr"])
    return tuple(code for name, _, code in parted if code and name == family)


def count(lang: Lang, number: int) -> str:
    """`48.216` in Turkish, `48,216` elsewhere; U+2212 for minus."""
    return str(format_decimal(number, locale=LOCALES[lang])).replace("-", "−")
