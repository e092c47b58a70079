"""The same sixty columns as a notebook computes them: pandas, everything in memory."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

KINDS = ("view", "search", "play", "save", "share", "support")
KEY = "customer_id"


def by_pandas(log: Path, out: Path, dates: Iterable[date]) -> None:
    """Write a file a date."""
    rows = pd.read_parquet(log)
    for as_of in dates:
        columns(rows, as_of).to_parquet(out.with_suffix(f".{as_of}.parquet"), compression="zstd")


def columns(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return a row a customer, in the order of the ids."""
    ago = (pd.Timestamp(as_of) - pd.to_datetime(rows["event_day"])).dt.days
    log = rows.assign(ago=ago)[ago > 0]
    people = pd.DataFrame(index=pd.Index(np.sort(log[KEY].unique()), name=KEY))
    people = people.assign(**_ever(log), **_events(log, people.index), **_rhythm(log))
    for column, windows in (("category", (28, 91)), ("channel", (91,))):
        people = people.assign(**_values(log, column, windows, people.index))
    return people


def _ever(log: pd.DataFrame) -> dict[str, pd.Series]:
    by = log.groupby(KEY)
    since, age = by["ago"].min(), by["ago"].max()
    return {
        "days_since_event": since,
        "days_as_customer": age,
        "silence_share": since / age,
        "events": by.size(),
        "spend": by["amount"].sum(),
        "days_since_purchase": log[log["event"] == "purchase"].groupby(KEY)["ago"].min(),
        "days_since_support": log[log["event"] == "support"].groupby(KEY)["ago"].min(),
    }


def _events(log: pd.DataFrame, people: pd.Index) -> dict[str, pd.Series]:
    def counted(part: pd.DataFrame) -> pd.Series:
        return part.groupby(KEY).size().reindex(people, fill_value=0)

    def added(part: pd.DataFrame, column: str) -> pd.Series:
        return part.groupby(KEY)[column].sum().reindex(people, fill_value=0)

    def divided(part: pd.Series, whole: pd.Series) -> pd.Series:
        return part / whole.where(whole != 0)

    last = {days: log[log["ago"] <= days] for days in (7, 14, 28, 56, 91, 182)}
    before = {days: log[(log["ago"] > days) & (log["ago"] <= 2 * days)] for days in (28, 91)}
    events = {days: counted(part) for days, part in last.items()}
    spend = {days: added(last[days], "amount") for days in (14, 28, 56, 91, 182)}
    buys = {days: counted(last[days][last[days]["event"] == "purchase"]) for days in (28, 91, 182)}
    found = {f"events_{days}d": number for days, number in events.items()}
    found |= {f"spend_{days}d": number for days, number in spend.items()}
    found |= {f"buys_{days}d": number for days, number in buys.items()}
    for days in (28, 91, 182):
        found[f"active_days_{days}d"] = last[days].groupby(KEY)["ago"].nunique().reindex(people, fill_value=0)
    weeks = (last[91]["ago"] - 1) // 7
    found["active_weeks_91d"] = weeks.groupby(last[91][KEY]).nunique().reindex(people, fill_value=0)
    for days in (28, 91):
        earlier, paid = counted(before[days]), added(before[days], "amount")
        found[f"events_change_{days}d"] = divided(events[days] - earlier, earlier)
        found[f"spend_change_{days}d"] = divided(spend[days] - paid, paid)
        for kind in KINDS:
            found[f"{kind}_events_{days}d"] = counted(last[days][last[days]["event"] == kind])
    for days in (91, 182):
        found[f"order_value_{days}d"] = divided(spend[days], buys[days])
    sum_x = 91 * 90 // 2
    moment = added(last[91].assign(moment=91 - last[91]["ago"]), "moment")
    spread = 91 * sum(x * x for x in range(91)) - sum_x**2
    found["events_slope_91d"] = 49 * (91 * moment - sum_x * events[91]) / spread
    saved = added(last[91], "discount")
    found["saved_share_91d"] = divided(saved, saved + spend[91])
    found["weekend_share_91d"] = divided(counted(last[91][last[91]["weekday"] >= 5]), events[91])
    found["evening_share_91d"] = divided(counted(last[91][last[91]["hour"] >= 18]), events[91])
    found["returns_91d"] = counted(last[91][last[91]["event"] == "return"])
    return found


def _rhythm(log: pd.DataFrame) -> dict[str, pd.Series]:
    days = log.groupby([KEY, "ago"])["amount"].sum().reset_index().sort_values([KEY, "ago"], ascending=[True, False])
    days["gap"] = -days.groupby(KEY)["ago"].diff()
    half, quarter = days[days["ago"] <= 182], days[days["ago"] <= 91]
    by = half.groupby(KEY)
    length = by["gap"].sum()
    return {
        "gap_91d": quarter.groupby(KEY)["gap"].mean(),
        "gap_182d": by["gap"].mean(),
        "gap_spread_182d": by["gap"].std(),
        "longest_gap_182d": by["gap"].max(),
        "overdue_182d": by["ago"].min() * by["gap"].count() / length.where(length > 0),
        "largest_day_91d": quarter.groupby(KEY)["amount"].max(),
    }


def _values(log: pd.DataFrame, column: str, windows: tuple[int, ...], people: pd.Index) -> dict[str, pd.Series]:
    plural = {"category": "categories", "channel": "channels"}[column]
    found = {
        f"{plural}_{days}d": log[log["ago"] <= days].groupby(KEY)[column].nunique().reindex(people, fill_value=0)
        for days in windows
    }
    counts = log[log["ago"] <= 91].groupby([KEY, column]).size().rename("n").reset_index()
    top = counts.groupby(KEY)["n"].transform("max")
    found[f"{column}_share_91d"] = counts.groupby(KEY)["n"].max() / counts.groupby(KEY)["n"].sum()
    found[f"main_{column}_91d"] = counts[counts["n"] == top].groupby(KEY)[column].min()
    return found
