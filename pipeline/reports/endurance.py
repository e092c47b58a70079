"""How far ahead leaving is told, and how far reasons can be told: whether both endure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.findings import family_words
from pipeline.reports.parts import NEW, part_cells
from pipeline.reports.shown import (
    NOTHING,
    Facts,
    count,
    day,
    fact,
    listed,
    percent,
    percent_ticks,
    ticks,
)
from pipeline.scoring.wording import lower_first

STEADY = 0.8

Row = Mapping[str, Any]


def leads(evaluation: Mapping[str, Any]) -> Facts | None:
    """Return how well today's scores tell who leaves later; None where it was not measured."""
    rows: Sequence[Row] = evaluation.get("by_lead") or []
    known = [row for row in rows if row.get("auc")]
    if not known:
        return None
    return {
        "title": _lead_title(known),
        "caption": "The same scores, asked about leaving in as many days that start later. AUC: how often a leaver is ranked "
        "above a stayer; a coin gives 0.5. With 95% intervals.",
        "points": [_point(row) for row in known],
        "pending": [_pending(row) for row in rows if not row.get("auc")],
        "days": [fact(row["lead_days"], count(row["lead_days"])) for row in rows],
        "ticks": [
            fact(at, f"{at:g}") for at in ticks(min(0.5, *(row["auc"]["low"] for row in known)), 1.0, [0.1, 0.25])
        ],
        "x": "days of warning",
        "y": "AUC",
        "numbers": {
            "heads": ["Days of warning", "Answers", "Left", "Share that left", "Said on average", "AUC, 95% interval"],
            "rows": [line for row in rows for line in _with_new(row)],
        },
    }


def _lead_title(known: Sequence[Row]) -> str:
    first, last = known[0], known[-1]
    if not last["lead_days"]:
        return "How early can we know?"
    as_well = last["auc"]["high"] >= first["auc"]["value"]
    return f"{count(last['lead_days'])} days ahead it ranks {'about as well' if as_well else 'less well'}"


def _point(row: Row) -> Facts:
    auc = {name: round(row["auc"][name], 4) for name in ("value", "low", "high")}
    return {"days": row["lead_days"], **auc, "shown": f"{row['auc']['value']:.2f}"}


def _pending(row: Row) -> Facts:
    return {"days": row["lead_days"], "shown": _known_from(row)}


def _known_from(row: Row) -> str:
    return f"known from {day(row['known_from'])}" if row.get("known_from") else "too few answers"


def _with_new(row: Row) -> list[list[str]]:
    """Return the row of a lead time, and that of the new customers under it, where they are told."""
    days, new = count(row["lead_days"]), row.get("new_customers")
    return [[days, *_cells(row)], *([[f"{days}, {NEW}", *part_cells(new)]] if new else [])]


def _cells(row: Row) -> list[str]:
    if "snapshots" not in row:
        return [_known_from(row), *[NOTHING] * 4]
    return part_cells(row)


def steady(evaluation: Mapping[str, Any]) -> Facts | None:
    """Return, by family, how often a main reason stays the same when the model is learnt anew; None if not measured."""
    found = evaluation.get("reason_stability")
    if not found or found["agreement"] is None:
        return None
    families = sorted(found["by_family"].items(), key=lambda one: -one[1]["agreement"])
    rows = [_family(key, one) for key, one in families]
    return {
        "title": f"{percent(found['agreement'])} of main reasons stay when the model learns anew",
        "caption": f"{found['sentence']}{_shaky(rows)}",
        "rows": rows,
        "limit": fact(STEADY, "firm enough to lead with"),
        "ticks": percent_ticks(1.0),
        "unit": "the same main reason after learning anew",
        "numbers": {
            "heads": ["Family", "Answers it leads", "Stays the main reason"],
            "rows": [
                [row["words"], count(one["rows"]), row["shown"]] for row, (_, one) in zip(rows, families, strict=True)
            ],
        },
    }


def _family(key: str, one: Row) -> Facts:
    share = one["agreement"]
    return {"words": family_words(key), "bad": share < STEADY} | fact(round(share, 4), percent(share))


def _shaky(rows: Sequence[Facts]) -> str:
    shaky = [lower_first(row["words"]) for row in rows if row["bad"]]
    return f" Less firm as a main reason: {listed(shaky)}." if shaky else ""
