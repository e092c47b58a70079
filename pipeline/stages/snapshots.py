"""Who is at risk on each as-of date, with the answer where it is known."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.errors import ParamsError, TooLittleDataError
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.snapshots import calendar, given, label, needs
from pipeline.snapshots.enough import refuse_one_answer, refuse_too_few
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write one row per customer at risk and as-of date."""
    artifacts.verify_folder(products.CHECKED)
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    facts = artifacts.read_json(products.CHECKED / "contract.json")
    needs.refuse_missing(params.snapshots.label, {kind: tuple(rows.columns) for kind, rows in tables.items()})
    _refuse_changing(params, facts["attributes"])
    planned = _calendar(params, facts)
    rows = label.snapshots(tables, planned, params.snapshots).to_pyarrow()
    _refuse_nobody(rows, planned.score, params)
    # Asked before features are computed and before DVC takes the present model away to train another.
    _refuse_too_little(rows, params.train.min_churners)
    artifacts.write_table(products.SNAPSHOTS, rows)
    for said in _said(rows, params):
        progress.note(said)


def _calendar(params: Params, facts: Mapping[str, Any]) -> calendar.Calendar:
    start, end = (date.fromisoformat(day) if (day := facts[key]) else None for key in ("data_start", "data_end"))
    if params.snapshots.label == "given":
        return calendar.without_time(params.score.as_of, end)
    assert start is not None and end is not None  # noqa: S101, PT018 - a log that the label needs has days
    return calendar.plan_calendar(params.snapshots, params.score.as_of, start, end)


def _refuse_changing(params: Params, attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ParamsError where an attribute that can change would be read as of dates it does not hold for."""
    changing = [name for name, facts in attributes.items() if not facts["immutable"]]
    if changing and params.snapshots.label != "given":
        raise ParamsError(
            f"The attribute {changing[0]} has no date it holds from and may change, so with snapshots.label "
            f"{params.snapshots.label} it would leak today into the past. Declare `immutable: true` if it never changes, "
            "else leave it out."
        )


def _refuse_nobody(rows: pa.Table, as_of: date, params: Params) -> None:
    if not pc.any(pc.equal(rows["role"], "score")).as_py():
        raise TooLittleDataError(needs.nobody(params.snapshots, as_of))


def _refuse_too_little(rows: pa.Table, min_churners: int) -> None:
    answered = rows.filter(pc.is_valid(rows["churned"])).to_pandas()
    train, test = (answered[answered["role"] == role] for role in ("train", "test"))
    refuse_too_few(train["churned"].to_numpy(bool), train["customer_id"], min_churners)
    refuse_one_answer(test["churned"].to_numpy(bool))


def _said(rows: pa.Table, params: Params) -> list[str]:
    """Say how many snapshots there are, and of those that teach nothing, why."""
    days = rows["as_of"].unique().sort().to_pylist()
    dates = f"{len(days)} as-of dates, {days[0]} to {days[-1]}" if len(days) > 1 else f"one date, {days[0]}"
    said = [f"{rows.num_rows:,} snapshots on {dates}"]
    left = pc.value_counts(rows["left_as"].drop_null()).to_pylist()
    counts = {each["values"]: each["counts"] for each in left}
    if counts.get("involuntary"):
        said.append(f"{counts['involuntary']:,} of them ended involuntarily: not learnt from, but counted")
    if counts.get("in_gap"):
        said.append(f"{counts['in_gap']:,} of them left inside the gap, before anybody could act: not learnt from")
    return [*said, given.NO_TIME] if params.snapshots.label == "given" else said
