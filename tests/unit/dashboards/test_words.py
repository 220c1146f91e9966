"""The catalogues: each key once, in every language, used, with the same places and all plurals."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from dashboards import words
from dashboards.address import KINDS, STATUSES
from dashboards.words import COUNTED, LOCALES, WORDS, codes, say, word
from events import outputs, rejection
from events.identity import IBAN, PHONE, TURKISH, UNHCR
from events.model import (
    Assurance,
    Frequency,
    Mechanism,
    Modality,
    OverrideReason,
    Purpose,
    ReturnedReason,
    Role,
)
from events.model.case import Confirmation, Dismissal
from events.texts import LANGS, Catalogues, Lang, Text, read_catalogues
from office.health import FOREIGN_TOPICS
from producers import answers
from producers.lists import readings

PAGE: Final = Path(words.__file__).parent
ALL: Final[dict[str, Catalogues]] = {
    "page": WORDS,
    "reasons": rejection.MESSAGES,
    "advice": read_catalogues(answers.__file__),
    "readings": read_catalogues(readings.__file__),
}
CATEGORIES: Final = {lang: {*LOCALES[lang].plural_form.tags, "other"} for lang in LANGS}
UNCOUNTED: Final = {"zero", "one", "two"}
"""Forms that may say the number by a word."""
FAMILIES: Final[dict[str, Any]] = {
    "kind": get_args(outputs.FindingKind),
    "status": get_args(outputs.FindingStatus),
    "reason": (*get_args(Dismissal), *get_args(Confirmation), "deadline-missed", "remembered"),
    "strength": get_args(outputs.Strength),
    "purpose": Purpose,
    "modality": Modality,
    "mechanism": Mechanism,
    "frequency": Frequency,
    "stage": ("planned", "delivered", "amended", "cancelled", "returned"),
    "verdict": get_args(outputs.Verdict),
    "outcome": get_args(outputs.Outcome),
    "assurance": (*Assurance, "none"),
    "epoch": ("open", "closed"),
    "override": get_args(OverrideReason),
    "returned": get_args(ReturnedReason),
    "worker": ("intake", "registry", "journal", "findings"),
    "link": get_args(outputs.LinkName),
    "role": Role,
    "token": (TURKISH, UNHCR, PHONE, IBAN, "passport", "case", "weak"),
    "matched_as": ("household", "beneficiary"),
    "meets_by": ("as-part", "excluding-programmes"),
    "succession": ("one", "several"),
    "sum": ("cap", "total"),
    "period": ("over", "coming", "all"),
    "history": ("open", "change", "confirmed", "dismissed", "withdrawn", "reopened"),
    "sorted": ("asc", "desc"),
    "currency": ("TRY",),
    "topic": FOREIGN_TOPICS,
}


def forms(text: Text) -> Iterator[tuple[str, str]]:
    """(category, sentence) of each form; '' for a text that has one."""
    yield from [("", text)] if isinstance(text, str) else text.items()


def places(text: Text) -> set[str]:
    """Names of the values that a text takes, of all its forms; a counted word may lack its own."""
    found = [set(re.findall(r"{(\w+)}", form)) for _, form in forms(text)]
    for (category, _), names in zip(forms(text), found, strict=True):
        missing = set().union(*found) - names
        assert not missing or (missing == {COUNTED} and category in UNCOUNTED), text
    return set().union(*found)


@pytest.mark.parametrize("name", ALL)
def test_every_key_stands_in_every_language_with_the_same_places(name: str) -> None:
    catalogues = ALL[name]
    assert list(catalogues["tr"]) == list(catalogues["en"]) == list(catalogues["ar"])
    for key in catalogues["tr"]:
        texts = [catalogues[lang][key] for lang in LANGS]
        assert all(form.strip() for text in texts for _, form in forms(text)), key
        assert places(texts[0]) == places(texts[1]) == places(texts[2]), key


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_counted_has_each_plural_that_the_language_has(lang: Lang) -> None:
    for key, text in WORDS[lang].items():
        if not isinstance(text, str):
            assert set(text) == CATEGORIES[lang], key
            assert COUNTED in places(text), key
    if lang != "tr":  # a Turkish noun stays as it is after a number
        counted = {key for key, text in WORDS["ar"].items() if not isinstance(text, str)}
        assert counted == {key for key, text in WORDS[lang].items() if not isinstance(text, str)}


def test_a_key_that_is_said_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locales").mkdir()
    for lang in LANGS:
        (tmp_path / "locales" / f"{lang}.json").write_text('{"opened_on": "a", "opened_on": "b"}')
    with pytest.raises(ValueError, match="opened_on"):
        read_catalogues(str(tmp_path / "words.py"))


def test_every_family_has_the_words_of_its_codes_and_no_others() -> None:
    families = {key.partition(".")[0] for key in WORDS["tr"] if "." in key}
    assert families == {*FAMILIES, "check"}
    for family, values in FAMILIES.items():
        assert set(codes(family)) == {str(value) for value in values}, family
    assert set(KINDS) == set(codes("kind"))
    assert set(STATUSES) == {*codes("status"), "all"}
    assert word("tr", "kind", "newer-than-this") == "newer-than-this"
    assert word("tr", "kind", "") == "–"


def constants() -> set[str]:
    """Every text that the page's code holds, and the keys in its template."""
    found = {
        node.value
        for path in PAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    templates = "".join(path.read_text() for path in PAGE.rglob("*.html"))
    return found | set(re.findall(r'say\("(\w+)"\)', templates))


def said() -> set[str]:
    """Keys that the page's code asks for by name."""
    calls = (
        node
        for path in PAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def test_no_key_is_unused_and_none_is_missing() -> None:
    used = constants()
    assert {key for key in WORDS["tr"] if key.partition(".")[0] not in used} == set()
    assert len(said()) > 50
    assert said() <= set(WORDS["tr"])


def test_one_form_for_one_two_and_many() -> None:
    assert [say("en", "n_findings", n=n) for n in (1, 2, 1_000)] == [
        "1 finding", "2 findings", "1,000 findings",
    ]  # fmt: skip
    assert say("tr", "n_findings", n=1_000) == "1.000 bulgu"
    assert say("ar", "n_findings", n=2) == "استنتاجان"


def test_the_catalogues_are_written_one_text_a_line() -> None:
    for path in PAGE.rglob("locales/*.json"):
        assert len(path.read_text().splitlines()) == len(json.loads(path.read_text())) + 2, path
