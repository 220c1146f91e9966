"""The pure half of the analyst's gates, and of the protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local import clickhouse_access as access
from infra.local import clickhouse_protocol as protocol
from infra.local import clickhouse_tokens as tokens
from infra.local import clickhouse_trees as trees
from infra.local.clickhouse_protocol import ClickHouseError, Request


def canonical(text: str) -> str:
    return tokens.canonical(text, {}).text


def test_comments_go_and_formats_are_cut_off() -> None:
    found = tokens.canonical("SELECT 1 -- ; DROP\n, /* ' */ 'a' format  JSON ;", {})
    assert (found.text, found.format) == ("SELECT 1 , 'a'", "JSON")


def test_literals_are_written_so_that_all_read_them_alike() -> None:
    assert canonical(r"SELECT 'a;b''c\'d\\e\d ş'") == r"SELECT 'a\x3Bb\x27c\x27d\x5Ce\x5Cd ş'"


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_any_literal_keeps_its_value_and_hides_nothing(value: str) -> None:
    token = next(tokens.tokens(protocol.quoted(value)))
    assert token.text == value
    inside = token.written()[1:-1]
    assert not set(inside) & set(";'`\"/#$(){}")
    assert next(tokens.tokens(token.written())).text == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = tokens.canonical(text, {})
    except ClickHouseError:
        return  # any other error would be a fault
    assert ";" not in found.text
    assert canonical(found.text) == found.text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1; SELECT 2",
        "SELECT $$x$$",
        "SELECT 'a\\n'",
        "SELECT 'a\\x0a'",
        "SELECT 'a\nb'",
        "SELECT 'a\\xC5\\x9F'",
        "SELECT 1 AS `a\\nb`",
        "SELECT 1 AS `a, identifier: b`",
        "SELECT 1 SETTINGS a = 1",
        "SELECT 1 INTO OUTFILE 'x'",
        "SELECT ‘x’",
        "SELECT 1 # x",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ClickHouseError, match="Code: 497"):
        canonical(text)


def test_system_settings_is_a_table_and_format_a_function() -> None:
    assert canonical("SELECT * FROM system.settings") == "SELECT * FROM system.settings"
    assert canonical("SELECT format('{}', 'a')").startswith("SELECT format (")


@pytest.mark.parametrize(
    ("table", "is_open"),
    [
        ("tekil.v1_findings", True),
        ("tekil_abc.v1_findings", True),
        ("tekil_abc.v2_x", True),
        ("tekil.findings", False),
        ("tekil.v1", False),
        ("tekil._v1_x", False),
        ("tekilx.v1_x", False),
        ("other.v1_x", False),
        ("tekil.v1_x.y", False),
        ("tekil.v1_x\n", False),
        ("system.columns", True),
        ("system.query_log", False),
        ("information_schema.tables", True),
    ],
)
def test_may_read(table: str, is_open: bool) -> None:
    assert access.may_read(table) is is_open


def test_a_tree_names_its_tables_functions_and_settings() -> None:
    named = trees.read_tree(
        """\
QUERY id: 0
  PROJECTION
    LIST id: 1, nodes: 2
      FUNCTION id: 2, function_name: in, function_type: ordinary
        ARGUMENTS
          LIST id: 3, nodes: 2
            IDENTIFIER id: 4, identifier: column
            IDENTIFIER id: 5, identifier: right
      CONSTANT id: 6, constant_value: 'table_name: no', constant_value_type: String
  JOIN TREE
    JOIN id: 7, strictness: ALL, kind: INNER
      LEFT TABLE EXPRESSION
        IDENTIFIER id: 8, alias: a, identifier: tekil.left
      RIGHT TABLE EXPRESSION
        TABLE_FUNCTION id: 9, alias: b, table_function_name: numbers
      JOIN EXPRESSION
        IDENTIFIER id: 10, identifier: a.x
  SOMETHING NEW
    IDENTIFIER id: 11, identifier: unknown
  SETTINGS max_threads=1
""".splitlines()
    )
    # An identifier at a place that is not known to hold an expression counts as a table.
    assert named.tables == {"right", "tekil.left", "unknown"}
    assert named.functions == {"in"}
    assert named.table_functions == {"numbers"}
    assert named.has_settings


def test_functions_are_closed_unless_opened() -> None:
    functions = access.Functions(
        [
            ("sum", "", "Aggregate Functions", True),
            ("lower", "", "String", False),
            ("lcase", "lower", "", False),
            ("file", "", "Other", False),
            ("catFile", "file", "", False),
            ("dictGet", "", "Dictionary", False),
            ("newOne", "", "", False),
            ("toTypeName", "", "Other", False),
        ],
        ["If", "State", "OrNull"],
    )
    opened = ["sum", "SUM", "sumIf", "sumStateIf", "lower", "lcase", "toTypeName"]
    closed = ["file", "catFile", "dictGet", "newOne", "lowerIf", "fileIf", "missing", "If", ""]
    assert [name for name in opened + closed if functions.allow(name)] == opened


def request(query: str, data: bytes = b"") -> Request:
    return protocol.parse_arguments({"query": query}, data)


def test_an_insert_is_parted_from_its_data() -> None:
    one = protocol.split_insert(request("INSERT INTO t (a, b) FORMAT Native", b"\x00\n\xff"))
    assert one == protocol.Insert("INSERT INTO t (a, b)", "Native", b"\x00\n\xff")
    two = protocol.split_insert(request("", b"insert into t format CSV\n1,2\n"))
    assert two == protocol.Insert("insert into t", "CSV", b"1,2\n")
    three = protocol.split_insert(request("INSERT INTO t FORMAT CSV\n1", b"2\n"))
    assert three is not None
    assert three.data == b"1\n2\n"


@pytest.mark.parametrize(
    "text",
    ["SELECT 1 FORMAT CSV", "INSERT INTO t SELECT 1 FORMAT Native", "INSERT INTO t VALUES (1)", ""],
)
def test_no_data_to_part(text: str) -> None:
    assert protocol.split_insert(request(text)) is None


def test_arguments_are_sorted() -> None:
    found = protocol.parse_arguments(
        {"query": "q", "database": "d", "param_x": "1", "max_threads": "2", "session_id": "s"}, b""
    )
    assert (found.database, found.parameters, found.settings) == (
        "d",
        {"x": "1"},
        {"max_threads": "2"},
    )
    with pytest.raises(ClickHouseError, match="Code: 115"):
        protocol.parse_arguments({"a = 1, readonly": "0"}, b"")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("select 1", "SELECT"),
        ("  -- x\n/* y */ (SELECT 1)", "SELECT"),
        ("", ""),
        ("/* open", ""),
        ("Insert into t", "INSERT"),
    ],
)
def test_first_word(text: str, word: str) -> None:
    assert protocol.first_word(text) == word
