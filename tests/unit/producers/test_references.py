"""The ledger keeps the partner's references for its own eyes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import Settings
from producers import keys, publishing, receipts
from producers.references import References
from tests.fakes.wire import FakeSystem
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

NUMBER = "99291417710"


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_reference_is_opened_by_its_key_under_its_id(id_: str, reference: str) -> None:
    mine, other = References(bytes(32)), References(b"1" * 32)
    sealed = mine.seal(id_, reference)
    assert mine.open(id_, sealed) == reference
    assert mine.open(id_ + "x", sealed) == ""
    assert other.open(id_, sealed) == ""
    assert mine.open(id_, b"") == ""


def test_a_notice_names_the_partners_own_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", assurance="hmac")
    keys.keygen(settings, "KIZ")
    keys.token_key(settings, make=True)
    path = tmp_path / "list.csv"
    path.write_text("\n".join([",".join(COLUMNS), ",".join([NUMBER, *PAYMENT[1:]])]))
    [row] = publishing.publish_list(settings, "KIZ", path, connect=FakeSystem().connect)
    assert NUMBER.encode() not in keys.ledger_path(settings, "KIZ").read_bytes()
    told = [
        {"seq": 1, "kind": "case-opened", "assistance_id": row.assistance_id},
        {"seq": 2, "kind": "confirmed", "assistance_id": "of another machine"},
        {"seq": 3, "kind": "dismissed", "assistance_id": ""},
    ]
    monkeypatch.setattr(receipts, "_read", lambda *_: told)
    found = receipts.read_notices(settings, "KIZ", 20)
    assert [one["reference"] for one in found] == [NUMBER, "", ""]
    named = receipts.own_references(settings, "STK", [row.assistance_id])
    assert named == {}, "another organisation has another ledger"
