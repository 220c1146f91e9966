"""The results as a table for people and as Markdown for docs/PERFORMANCE.md. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

TableRow = dict[str, str]
GOALS: Final = {
    "chain": "≥ 3,000",
    "fold": "≥ 40,000",
    "p99": "< 300",
}


def figures(results: Mapping[str, Any]) -> list[TableRow]:
    """What was measured, one figure a row."""
    return list(_figures(results["results"]))


def _figures(found: Mapping[str, Any]) -> Iterator[TableRow]:
    if tokens := found.get("tokens"):
        yield from _tokens(tokens)
    if chain := found.get("chain"):
        yield _row("whole chain: submission → row in ClickHouse", chain["rate"], GOALS["chain"])
        for stage, rate in chain["rate_until"].items():
            yield _row(f"  … until {stage} has said its last", rate)
    if intake := found.get("intake"):
        yield _row("intake alone", intake["rate"])
    if trust := found.get("trust"):
        size = f"{trust['records_in_a_block']:,} records"
        yield _row(f"a block of {size}: read and verified", trust["read"])
        yield _row("  … read alone, as before stages signed", trust["read_before"])
        yield _row("  … so much more", trust["more_percent"])
        yield _row("  … signed", trust["sign"])
    if fold := found.get("fold"):
        size = f"{fold['tokens_in_state']:,} tokens in its state"
        yield _row(f"registry's fold, {size}", fold["token_entries"], GOALS["fold"])
        yield _row("  … in records", fold["rate"])
        yield _row("  … raw get + put of its store at that size", fold["store_get_put"])
    if latency := found.get("latency"):
        rate = latency["submissions_per_second"]
        yield _row(f"answer's latency at {rate} submissions/s, p50", latency["p50"])
        yield _row("  … p99", latency["p99"], GOALS["p99"])
    if page := found.get("page"):
        size = f"{page['findings']:,} findings"
        yield _row(f"page's server time, {size}, all screens", page["all_screens"])
        for name, figure in page["screens"].items():
            yield _row(f"  … {name}", figure)


def _tokens(found: Mapping[str, Any]) -> Iterator[TableRow]:
    person = f"{found['tokens_of_a_person']} tokens each"
    yield _row(
        f"persons tokenised, {person}: a second and core, client and servers",
        found["persons_per_core"],
    )
    yield _row("  … a second and core of the client's", found["persons_per_core_of_the_client"])
    for one in found["wall"]:
        workers = f"{one['workers']} at a time"
        yield _row(f"  … all on this machine, batches {workers}", one["persons"])
        yield _row(f"  … in identifiers, {workers}", one["identifiers"])
        yield _row(f"  … in standard households of 12, {workers}", one["households"])
    yield _row("  … from the cache", found["cached_persons"])
    yield _row("raw scalar multiplication, one core", found["raw_multiplications"])
    for who, figure in found["multiplications_per_token"].items():
        yield _row(f"  … one token's price: {who}", figure)


def _row(what: str, figure: Mapping[str, Any], goal: str = "") -> TableRow:
    spread = f"{_number(figure['low'])} to {_number(figure['high'])}"
    return {
        "measured": what,
        "median": f"{_number(figure['median'])} {figure['unit']}",
        "spread": spread if figure["runs"] > 1 else "one run",
        "runs": str(figure["runs"]),
        "goal": goal,
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:g}"


def simple(results: Mapping[str, Any]) -> list[TableRow]:
    """The small job: one contender a row."""
    found = results["results"].get("simple")
    return [_contender(one) for one in found["contenders"]] if found else []


def _contender(one: Mapping[str, Any]) -> TableRow:
    return {
        "who": one["title"],
        "records/s": _spread(one["rate"]),
        "…until said": _spread(one["rate_until_said"]),
        "CPU s/1,000": _number(one["cpu_seconds_per_1000_records"]["median"]),
        "peak MiB": str(one["peak_mib"]),
        "equal without kill": _yes(one["equal_without_kill"]),
        **_after_kill(one["after_kill"]),
        "guarantees": one["guarantee"],
    }


def _after_kill(killed: Mapping[str, Any] | None) -> TableRow:
    if killed is None:
        return dict.fromkeys(("killed after frame", "lost", "wrong", "repeated"), "not killed")
    places = ", ".join(str(frame) for frame in killed["killed_at_frame"])
    counted = {what: f"{killed[what]:,}" for what in ("lost", "wrong", "repeated")}
    return {"killed after frame": f"{places} of {killed['frames']}", **counted}


def _spread(figure: Mapping[str, Any]) -> str:
    if figure["runs"] == 1:
        return _number(figure["median"])
    return f"{_number(figure['median'])} ({_number(figure['low'])} to {_number(figure['high'])})"


def _yes(value: bool) -> str:
    return "yes" if value else "NO"


def resources(results: Mapping[str, Any]) -> list[TableRow]:
    """CPU and memory of each process of the whole chain, and of the stages alone."""
    found = results["results"]
    rows = []
    if chain := found.get("chain"):
        for name, cpu in chain["cpu_seconds_per_1000_records"].items():
            peak = chain["peak_mib"].get(name)
            rows.append(
                {
                    "process": name,
                    "CPU s/1,000 records": _number(cpu["median"]),
                    "peak MiB": str(peak) if peak is not None else "",
                }
            )
    for name in ("intake", "fold"):
        if name in found:
            cpu = found[name]["cpu_seconds_per_1000_records"]["median"]
            rows.append(
                {
                    "process": f"{name} alone",
                    "CPU s/1,000 records": _number(cpu),
                    "peak MiB": str(found[name]["peak_mib"]),
                }
            )
    return rows


def tables(results: Mapping[str, Any]) -> dict[str, list[TableRow]]:
    """Title → rows, of all tables that hold something."""
    found = {
        "figures": figures(results),
        "one small job, three ways": simple(results),
        "processes": resources(results),
    }
    return {title: rows for title, rows in found.items() if rows}


def notes(results: Mapping[str, Any]) -> list[str]:
    """What a reader must know besides."""
    m = results["machine"]
    said = [
        f"{m['cpu']}, {m['cores']} cores, {m['memory_mib']:,} MiB; {m['system']}; Python"
        f" {m['python']}; Kafka {m['kafka']}; load average at the start {m['load_average']:g};"
        f" {results['at']}"
    ]
    if results["quick"]:
        said.append("--quick: sizes at which speeds mean nothing")
    if (job := results["results"].get("simple")) and job["left_out"]:
        said.append(job["left_out"])
    said += [f"{name} failed: {why}" for name, why in results["failed"].items()]
    return said


def markdown(results: Mapping[str, Any]) -> str:
    """Notes and tables in Markdown."""
    parts = ["\n".join(f"* {note}" for note in notes(results))]
    parts += [_table(rows) for rows in tables(results).values()]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[TableRow]) -> str:
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    lines += ["| " + " | ".join(value.strip() for value in row.values()) + " |" for row in rows]
    return "\n".join(lines)
