"""What sixty features cost beside merely reading the columns they need, and beside what people write by hand.

Run: `uv run --locked --group benchmark python -m benchmarks.features [--events=50000000] [--dates=1] [--order=time]`, the order one
of `time`, `customer` and `shuffled`; `--only=scan,ours` leaves the others out. The log is made once and kept in the temporary
folder. Each contestant runs in a process of its own, in turn, so that its peak of memory is its own; all write Parquet, and
their columns are compared.
"""

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb as plain_duckdb

from benchmarks.event_features import FEATURES
from benchmarks.event_log import event_log
from pipeline.engines import Dated, duckdb
from pipeline.features.cube import build_cube, features_at

NEWEST = date(2024, 12, 31)
EVENTS_A_CUSTOMER = 50
NEEDED = ("customer_id", "event_day", "hour", "weekday", "event", "category", "channel", "amount", "discount")


def days_before(newest: date, count: int) -> list[date]:
    """Return as-of dates 28 days apart, the newest last."""
    return [newest - timedelta(days=28 * back) for back in reversed(range(count))]


def made(events: int, order: str) -> Path:
    """Return the log's file, made if it is not there."""
    path = Path(tempfile.gettempdir()) / f"churn_events_{events}_{order}.parquet"
    if not path.exists():
        engine = duckdb.connect()
        log = event_log(engine, events, events // EVENTS_A_CUSTOMER)
        if order == "customer":
            log = log.order_by("customer_id", "event_day")
        if order == "shuffled":
            log = log.order_by((log.customer_id + log.hour.cast("string")).hash(), *log.columns)
        duckdb.write_parquet(engine, log, path)
    return path


def customers_of(log: Path) -> Path:
    """Return the file of the log's customers, made if it is not there: the stage `snapshots` hands it to `features`."""
    path = log.with_stem(f"{log.stem}_customers")
    if not path.exists():
        engine = duckdb.connect()
        people = duckdb.read(engine, "usage", log).select("customer_id").distinct()
        duckdb.write_parquet(engine, people.order_by("customer_id"), path)
    return path


def scan(log: Path, _: Path, __: list[date]) -> None:
    """Read every needed column, and keep nothing but its largest value."""
    columns = ", ".join(f"max({name})" for name in NEEDED)
    engine = plain_duckdb.connect()
    # It would answer from the statistics of the file, and read no row.
    engine.execute("SET disabled_optimizers = 'statistics_propagation'")
    engine.sql(f"SELECT {columns} FROM '{log}'").fetchall()


def ours(log: Path, out: Path, dates: list[date]) -> None:
    """Do what the stage `features` does."""
    engine = duckdb.connect()
    tables = {"usage": duckdb.read(engine, "usage", log)}
    people = duckdb.read(engine, "people", customers_of(log))
    cube, keep = build_cube(tables, FEATURES, duckdb.keeper(engine), dates), duckdb.block_keeper(engine)
    duckdb.write_dated(engine, (Dated(day, people, 0, features_at(cube, people, day, keep)) for day in dates), out)


CONTESTANTS = {
    "scan": "benchmarks.features:scan",
    "ours": "benchmarks.features:ours",
    "naive SQL": "benchmarks.event_features_peers:by_naive_sql",
    "Polars streaming": "benchmarks.event_features_peers:by_polars",
    "pandas": "benchmarks.event_features_pandas:by_pandas",
}
MOST_FOR_PANDAS = 5_000_000
"""Events beyond which pandas would need more memory than the machine has."""


def contestant(name: str) -> Callable[[Path, Path, list[date]], None]:
    """Return a contestant; only its own libraries are loaded, for they count as its memory."""
    module, _, function = CONTESTANTS[name].partition(":")
    run: Callable[[Path, Path, list[date]], None] = getattr(importlib.import_module(module), function)
    return run


def child(name: str, log: Path, out: Path, dates: list[date]) -> None:
    """Run one contestant in this process and print what it took."""
    run = contestant(name)
    wall, used = time.perf_counter(), time.process_time()
    run(log, out, dates)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - used}
    print(json.dumps({**took, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9}))


def differing(out: Path, peer: Path) -> list[str]:
    """Return the columns in which a peer's last file and ours differ: numbers by more than a billionth, or names."""
    engine = plain_duckdb.connect()
    found = []
    for name, kind in ((feature.name, feature.behaviour.measure.type) for feature in FEATURES):
        near = f" OR abs(ours.{name} - peer.{name}) <= 1e-9 * greatest(1, abs(ours.{name}))" if kind != "string" else ""
        both = f"'{out}' ours JOIN '{peer}' peer USING (customer_id)"
        same = f"ours.{name} IS NOT DISTINCT FROM peer.{name}{near}"
        [(count,)] = engine.sql(
            f"SELECT count(*) FROM {both} WHERE ours.as_of = DATE '{NEWEST}' AND NOT coalesce({same}, false)"
        ).fetchall()
        if count:
            found.append(name)
    return found


def main() -> None:
    """Print a line a contestant: the best of some runs by CPU seconds."""
    asked = dict(one.removeprefix("--").split("=") for one in sys.argv[1:] if one.startswith("--"))
    events, order = int(asked.get("events", 50_000_000)), asked.get("order", "time")
    dates = days_before(NEWEST, int(asked.get("dates", 1)))
    log, out = made(events, order), Path(tempfile.gettempdir()) / "churn_features.parquet"
    customers_of(log)
    if "run" in asked:
        child(asked["run"], log, out.with_stem(f"churn_features_{asked['run'].split()[0]}"), dates)
        return
    wanted = asked.get("only", ",".join(CONTESTANTS)).split(",")
    names = [name for name in CONTESTANTS if name in wanted and (name != "pandas" or events <= MOST_FOR_PANDAS)]
    best: dict[str, dict[str, float]] = {}
    for _ in range(int(asked.get("rounds", 3))):
        for name in names:
            command = [sys.executable, "-m", "benchmarks.features", *sys.argv[1:], f"--run={name}"]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
            best[name] = min(best.get(name, json.loads(said)), json.loads(said), key=lambda took: took["cpu"])
    print(f"{events:,} events, order: {order}, {len(dates)} dates, {len(FEATURES)} columns\n")
    print("| | wall s | CPU s | CPU beside the scan | peak GB |\n|---|---|---|---|---|")
    for name, took in best.items():
        ratio = took["cpu"] / best["scan"]["cpu"]
        print(f"| {name} | {took['wall']:.2f} | {took['cpu']:.2f} | {ratio:.1f} | {took['peak']:.2f} |")
    for peer in names[2:]:
        file = out.with_stem(f"churn_features_{peer.split()[0]}").with_suffix(f".{NEWEST}.parquet")
        print(f"\n{peer}: differing columns: {differing(out.with_stem('churn_features_ours'), file) or 'none'}")


if __name__ == "__main__":
    main()
