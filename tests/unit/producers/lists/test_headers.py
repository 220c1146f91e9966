"""Headers as people write them: known, asked about, or named with what is near."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejection import Reason, Refusal, Refusals
from producers.lists import titles
from producers.lists.columns import LastDay, Order
from producers.lists.grouping import BadRecord, Draft, group
from producers.lists.headers import Layout, known, layout
from producers.lists.templates import ASSISTANCE, ENROLMENT, TEMPLATES, Template
from producers.lists.titles import SYNONYMS, Notes, meaning
from producers.lists.values import Cell, Context

CONTEXT = Context("KIZ", frozenset({"TUR034026"}))
RECORD: dict[str, Cell] = {
    "reference": "k1", "programme": "TEMEL", "stage": "delivered", "purpose": "basic-needs",
    "modality": "cash", "frequency": "one-off", "amount": "6000", "currency": "TRY",
    "covers_from": "2026-05-01", "covers_to": "2026-06-01", "district": "TUR034026",
}  # fmt: skip
TC, OLD, PASSPORT = "99291417710", "99011524438", "N012345678"


def of(title: str, template: Template = ASSISTANCE) -> str:
    found = meaning(title, template)
    return found.column if found else ""


def without(*names: str) -> dict[str, Cell]:
    return {name: cell for name, cell in RECORD.items() if name not in names}


def read(
    header: list[Cell], *rows: list[Cell], mapping: dict[str, str | None] | None = None
) -> list[Draft | BadRecord]:
    columns = layout(header, ASSISTANCE, mapping or {})
    return list(group(enumerate(rows, 2), columns, frozenset(), ASSISTANCE, CONTEXT))


def one(header: list[Cell], row: list[Cell], mapping: dict[str, str | None] | None = None) -> Draft:
    (draft,) = read(header, row, mapping=mapping)
    assert isinstance(draft, Draft), draft
    return draft


def problems(header: list[Cell], *rows: list[Cell]) -> list[tuple[int, Reason, str]]:
    return [
        (p.row, p.reason, p.field)
        for record in read(header, *rows)
        if isinstance(record, BadRecord)
        for p in record.problems
    ]


def refused(header: list[Cell]) -> list[tuple[str, str, str]]:
    with pytest.raises(Refusals) as caught:
        layout(header, ASSISTANCE, {})
    return [(one.reason.value, one.field, one.hint) for one in caught.value.all]


# -- what a header means -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("T.C. Kimlik No", "id_number"), ("TC KİMLİK NO", "id_number"),
        ("t.c.kimlik no.", "id_number"),
        ("Kimlik No *", "id_number"), ("\u200fKimlik\u00a0No\u200e", "id_number"),
        ("Tutar (TL)", "amount"), ("TUTAR [TRY]", "amount"), ("Tutar/TL", "amount"),
        ("Tutar TL", "amount"), ("Tutar ₺", "amount"), ("Tutar (₺)", "amount"),
        ("Amount in TRY", "amount"), ("المبلغ", "amount"), ("المبلغ (ل.ت)", "amount"),
        ("Doğum Tarihi (gg.aa.yyyy)", "birth_date"), ("DOĞUM TARİHİ", "birth_date"),
        ("Date of Birth", "birth_date"), ("تاريخ الميلاد", "birth_date"),
        ("İLÇE", "district"), ("ilce", "district"), ("Phone Number", "phone"),
        ("Bitiş tarihi", "covers_to"), ("End Date", "covers_to"),
        ("Soyadı (varsa)", "last_name"), ("Pasaport No", "id_number"),
    ],
)  # fmt: skip
def test_known_titles(title: str, column: str) -> None:
    assert of(title) == column


@pytest.mark.parametrize(
    "title",
    ["Tarih", "No", "Sıra No", "ID", "Ad Soyad", "Name", "Tutar (kg)", "Tutar (%)", "Tutar %",
     "İlçe/İl", "Kimlik no 2", "Telefon (anne)", "Yaş", "Birim (TL)", "Reference (TL)", "", "()"],
)  # fmt: skip
def test_a_title_that_could_be_something_else_is_no_title(title: str) -> None:
    assert of(title) == ""


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.kind)
def test_no_word_of_the_dictionary_means_two_things(template: Template) -> None:
    names = [name for name in SYNONYMS["columns"] if name in template.by_name]
    for name in names:
        for words in SYNONYMS["columns"][name].values():
            assert {of(word, template) for word in words} == {name}
    for word, candidates in SYNONYMS["unsure"].items():
        assert of(word, template) == "", word
        assert all(any(c in t.by_name for t in TEMPLATES.values()) for c in candidates)


def test_the_dictionary_has_three_languages_and_only_columns() -> None:
    every = {name for template in TEMPLATES.values() for name in template.by_name}
    for name, languages in SYNONYMS["columns"].items():
        assert name in every
        assert list(languages) == ["tr", "en", "ar"], name
        assert all(languages.values()), name
    assert json.dumps(dict(SYNONYMS), ensure_ascii=False).isprintable()


@given(st.sampled_from(sorted(ASSISTANCE.headers())), st.data())
def test_case_and_punctuation_of_a_title_do_not_matter(title: str, data: st.DataObject) -> None:
    words = title.split("_")
    mark = data.draw(st.sampled_from(["", " ", "  ", ".", "_", "-", "\u00a0"]))
    changed = mark.join(
        data.draw(st.sampled_from([str.upper, str.lower, str.title]))(w) for w in words
    )
    assert of(changed) == ASSISTANCE.headers()[title]


def test_what_is_written_behind_a_header() -> None:
    def notes(title: str) -> Notes:
        found = meaning(title, ASSISTANCE)
        assert found
        return found.notes

    assert notes("Tutar (USD)").currency == "USD"
    assert notes("Doğum tarihi (aa/gg/yyyy)").order is Order.MONTH_FIRST
    assert notes("Kapsam bitişi (bu gün dahil)").last_day is LastDay.INCLUSIVE
    assert notes("covers_to - exclusive").last_day is LastDay.EXCLUSIVE
    assert notes("Doğum tarihi (yyyy-aa-gg) zorunlu") == Notes()


def test_unknown_titles_are_named_at_once_with_what_is_near() -> None:
    header: list[Cell] = [*without("amount"), "Tarih", "Tutarr (TL)", "Açıklamalar", "Ilce adi 2"]
    assert refused(header) == [
        ("unsure-column", "Tarih", "covers_from, covers_to, event_date, birth_date"),
        ("unknown-field", "Tutarr (TL)", "amount?"),
        ("unknown-field", "Açıklamalar", ""),
        ("unknown-field", "Ilce adi 2", "district?"),
        ("missing-field", "amount", ""),
    ]


def test_a_header_is_told_from_other_lines() -> None:
    is_title = known(ASSISTANCE, {"Ödenen": "amount"})
    assert all(map(is_title, ["T.C. Kimlik No", "ödenen", "Tutar (TL)"]))
    assert not any(map(is_title, ["Mayıs 2026 listesi", "99291417710", "Tarih"]))


# -- the last day --------------------------------------------------------------------------------


def asked(title: str, mapping: dict[str, str | None] | None = None) -> Layout:
    return layout([*without("covers_to"), title], ASSISTANCE, mapping or {})


@pytest.mark.parametrize("title", ["Kapsam bitişi", "Bitiş", "Bitiş tarihi", "End date", "Son gün"])
def test_an_end_that_does_not_say_whether_it_is_covered_is_asked_about(title: str) -> None:
    found = asked(title)
    assert (found.last_day, found.asked) == (None, title)


def test_covers_to_itself_and_headers_that_say_it_are_not() -> None:
    assert asked("covers_to").last_day is LastDay.EXCLUSIVE
    assert asked("Covers to (gg.aa.yyyy)").last_day is LastDay.EXCLUSIVE
    assert asked("Bitiş tarihi (dahil)").last_day is LastDay.INCLUSIVE
    assert asked("Son", {"Son": "covers_to"}).last_day is None
    other = layout(["reference", "program", "Başlangıç", "Bitiş"], ENROLMENT, {})
    assert other.asked == "", "ended_on is half open, as it was"


# -- units, constants ----------------------------------------------------------------------------


def test_a_unit_behind_the_amount_gives_the_currency_and_has_to_agree_with_it() -> None:
    header: list[Cell] = [*without("amount", "currency"), "Tutar (TL)"]
    row: list[Cell] = [*without("amount", "currency").values(), "6000"]
    assert one(header, row).fields["currency"] == "TRY"
    assert one([*header, "Para birimi"], [*row, "TL"]).fields["currency"] == "TRY"
    assert problems([*header, "Para birimi"], [*row, "USD"]) == [
        (2, Reason.CONFLICTING_COLUMNS, "currency")
    ]
    assert refused([*header, "İade tutarı (USD)"]) == [("duplicate-column", "currency", "")]


def test_a_mapping_gives_what_is_the_same_in_all_rows() -> None:
    header: list[Cell] = [*without("currency", "stage")]
    row: list[Cell] = [*without("currency", "stage").values()]
    mapping: dict[str, str | None] = {"currency": "=TRY", "Durum": "=ödendi"}
    draft = one(header, row, mapping)
    assert (draft.fields["currency"], draft.fields["stage"]) == ("TRY", "delivered")
    constants: list[tuple[dict[str, str | None], Reason]] = [
        ({"event_date": "=05/06/2026"}, Reason.DAY_OR_MONTH),
        ({"budget": "=1"}, Reason.UNKNOWN_FIELD),
        ({"returned_amount": "=1.234"}, Reason.AMBIGUOUS_NUMBER),
        ({"district": "=nowhere"}, Reason.UNKNOWN_DISTRICT),
    ]
    for constant, reason in constants:
        with pytest.raises(Refusal) as caught:
            read(header, row, mapping=mapping | constant)
        assert caught.value.reason is reason


# -- two columns for one thing -------------------------------------------------------------------


def test_two_columns_that_mean_the_same_are_merged_by_row() -> None:
    header: list[Cell] = [*without("amount"), "Tutar", "Yardım tutarı"]
    row: list[Cell] = [*without("amount").values()]
    assert one(header, [*row, "6000", ""]).fields["amount"] == "6000.00"
    assert one(header, [*row, "", "6000"]).fields["amount"] == "6000.00"
    assert one(header, [*row, "6000", "6000,00"]).fields["amount"] == "6000.00"
    assert problems(header, [*row, "6000", "6500"]) == [(2, Reason.CONFLICTING_COLUMNS, "amount")]


def test_two_telephones_that_differ_hold_up_nothing() -> None:
    header: list[Cell] = [*RECORD, "Telefon", "Cep telefonu"]
    draft = one(header, [*RECORD.values(), "0532 111 22 33", "0533 444 55 66"])
    assert [kind for kind, _ in draft.persons[0].identifiers] == ["weak.phone"]
    assert [(r.reason, r.field) for r in draft.remarks] == [(Reason.CONFLICTING_COLUMNS, "phone")]


# -- one person, two documents -------------------------------------------------------------------


def identifiers(header: list[Cell], row: list[Cell], **mapping: str) -> list[tuple[str, str]]:
    draft = one([*RECORD, *header], [*RECORD.values(), *row], {**mapping})
    (person,) = draft.persons
    return list(person.identifiers)


def test_an_identity_card_and_a_passport_are_one_persons() -> None:
    both = [("tr.tckimlik", TC), ("sy.passport", PASSPORT)]
    header: list[Cell] = ["Kimlik türü", "Kimlik no", "Pasaport no"]
    assert identifiers(header, ["sy.passport", TC, PASSPORT]) == both
    assert identifiers(header, ["sy.passport", "", PASSPORT]) == both[1:]
    assert identifiers(header, ["", TC, ""]) == both[:1]
    constant = {"id_scheme.2": "=sy.passport"}
    assert identifiers(["Kimlik no", "Pasaport no"], [TC, PASSPORT], **constant) == both


def test_kinds_and_numbers_in_pairs_are_one_persons() -> None:
    header: list[Cell] = ["id_scheme", "id_number", "id_scheme", "id_number"]
    row: list[Cell] = ["tr.tckn", TC, "sy.passport", PASSPORT]
    assert identifiers(header, row) == [("tr.tckimlik", TC), ("sy.passport", PASSPORT)]
    assert identifiers(header, ["", "", *row[2:]]) == [("sy.passport", PASSPORT)]
    assert identifiers(header, [*row[:2], "", ""]) == [("tr.tckimlik", TC)]


def test_a_passport_without_its_country_is_refused_whatever_its_digits_look_like() -> None:
    for header in (["Pasaport no"], ["Kimlik no", "Pasaport no"]):
        row = [TC] if len(header) == 1 else ["", TC]
        assert problems([*RECORD, *header], [*RECORD.values(), *row]) == [
            (2, Reason.MISSING_FIELD, "id_scheme")
        ]


def test_two_numbers_of_one_kind_are_not_one_person() -> None:
    header: list[Cell] = [*RECORD, "TC Kimlik No", "YKN"]
    assert problems(header, [*RECORD.values(), TC, OLD]) == [
        (2, Reason.CONFLICTING_COLUMNS, "id_number")
    ]
    draft = one(header, [*RECORD.values(), "", OLD])
    assert draft.persons[0].identifiers == (("tr.tckimlik", OLD),)


def test_kinds_that_belong_to_no_number_are_refused() -> None:
    header: list[Cell] = [*RECORD, "id_scheme", "id_number", "id_scheme", "id_number", "YKN"]
    assert refused(header) == [("duplicate-column", "id_number", "")]


def test_a_key_has_no_marks() -> None:
    assert titles.key("T.C. KİMLİK\u200e NO:") == "tckimlikno"
