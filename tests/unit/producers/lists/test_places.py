"""Districts by name: any spelling of Turkish letters, never one of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejection import Reason, Refusal
from producers.lists import values
from producers.lists.places import District, Places
from producers.lists.reading import known_districts, known_places
from producers.lists.templates import ASSISTANCE, fold
from producers.lists.values import Context

PLACES = known_places()
EVERY = sorted(district for found in PLACES.by_name.values() for district in found)
_ASCII = str.maketrans("çğıöşüÇĞİÖŞÜâîû", "cgiosuCGIOSUaiu")


def refused(written: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        PLACES.code(written, "district")
    assert caught.value.field == "district"
    return caught.value


@pytest.mark.parametrize(
    "written",
    ["Küçükçekmece", "KÜÇÜKÇEKMECE", "kucukcekmece", "Küçükçekmece İlçesi", "İstanbul/Küçükçekmece",
     "Küçükçekmece (İSTANBUL)", "istanbul kucukcekmece", "Küçükçekmece - İstanbul", "tur034026"],
)  # fmt: skip
def test_one_district_in_many_spellings(written: str) -> None:
    context = Context("KIZ", known_districts(), places=PLACES)
    assert values.read(ASSISTANCE.by_name["district"], written, context) == "TUR034026"


@given(st.sampled_from(EVERY), st.sampled_from([str, str.upper, str.lower]), st.booleans())
def test_each_district_is_found_with_its_province(
    district: District, case: type[str], plain: bool
) -> None:
    name, province = district.name, district.province
    if plain:
        name, province = name.translate(_ASCII), province.translate(_ASCII)
    for written in (f"{province}/{name}", f"{name} ({province})", f"{name}, {province}"):
        assert PLACES.code(case(written), "district") == district.code


@given(st.sampled_from(EVERY))
def test_a_name_alone_is_its_district_or_refused_with_all_of_that_name(district: District) -> None:
    same = [other for other in EVERY if fold(other.name) == fold(district.name)]
    if len(same) == 1:
        assert PLACES.code(district.name, "district") == district.code
        return
    refusal = refused(district.name)
    assert refusal.reason is Reason.AMBIGUOUS_DISTRICT
    assert all(other.code in refusal.hint and other.province in refusal.hint for other in same)


def test_what_is_no_district_is_refused_with_what_is_near() -> None:
    assert refused("Kucukcekmce").reason is Reason.UNKNOWN_DISTRICT
    assert "TUR034026" in refused("Kucukcekmce").hint
    assert "TUR034026" in refused("Ankara/Küçükçekmece").hint
    assert refused("xyz").hint == ""
    assert refused("Merkez").reason is Reason.UNKNOWN_DISTRICT
    assert PLACES.code("Edirne Merkez", "district") == PLACES.code("Edirne/Edirne", "district")


def test_without_a_list_of_places_no_name_is_one() -> None:
    with pytest.raises(Refusal):
        Places.of([]).code("Küçükçekmece", "district")
