"""The same sixty columns as people write them by hand: conditional aggregates in SQL, and Polars streaming."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

KINDS = ("view", "search", "play", "save", "share", "support")


def naive_sql(log: Path, as_of: date) -> str:
    """Return one conditional aggregate a column, and a query of its own only where a window function is needed."""
    end = f"DATE '{as_of}'"

    def since(days: int) -> str:
        return f"event_day >= {end} - {days}"

    def before(days: int) -> str:
        return f"event_day >= {end} - {2 * days} AND event_day < {end} - {days}"

    def sums(what: str, where: str) -> str:
        return f"coalesce(sum({what}) FILTER ({where}), 0)"

    def counts(where: str) -> str:
        return f"count(*) FILTER ({where})"

    rows = {
        "days_since_event": f"{end} - max(event_day)",
        "days_as_customer": f"{end} - min(event_day)",
        "silence_share": f"({end} - max(event_day))::DOUBLE / ({end} - min(event_day))",
        "events": "count(*)",
        **{f"events_{days}d": counts(since(days)) for days in (7, 14, 28, 56, 91, 182)},
        "spend": "coalesce(sum(amount), 0)",
        **{f"spend_{days}d": sums("amount", since(days)) for days in (14, 28, 56, 91, 182)},
        **{f"buys_{days}d": counts(f"event = 'purchase' AND {since(days)}") for days in (28, 91, 182)},
        "days_since_purchase": f"{end} - max(event_day) FILTER (event = 'purchase')",
        "days_since_support": f"{end} - max(event_day) FILTER (event = 'support')",
        **{f"active_days_{days}d": f"count(DISTINCT event_day) FILTER ({since(days)})" for days in (28, 91, 182)},
        "active_weeks_91d": f"count(DISTINCT ({end} - event_day - 1) // 7) FILTER ({since(91)})",
        **{
            f"events_change_{days}d": f"({counts(since(days))} - {counts(before(days))})::DOUBLE"
            f" / nullif({counts(before(days))}, 0)"
            for days in (28, 91)
        },
        **{
            f"spend_change_{days}d": f"({sums('amount', since(days))} - {sums('amount', before(days))})::DOUBLE"
            f" / nullif({sums('amount', before(days))}, 0)"
            for days in (28, 91)
        },
        "events_slope_91d": _slope(end),
        **{
            f"order_value_{days}d": f"{sums('amount', since(days))}::DOUBLE"
            f" / nullif({counts(f'event = {chr(39)}purchase{chr(39)} AND {since(days)}')}, 0)"
            for days in (91, 182)
        },
        "saved_share_91d": f"{sums('discount', since(91))}::DOUBLE / nullif({sums('discount + amount', since(91))}, 0)",
        "weekend_share_91d": f"{counts('weekday >= 5 AND ' + since(91))}::DOUBLE / nullif({counts(since(91))}, 0)",
        "evening_share_91d": f"{counts('hour >= 18 AND ' + since(91))}::DOUBLE / nullif({counts(since(91))}, 0)",
        "returns_91d": counts(f"event = 'return' AND {since(91)}"),
        **{
            f"{kind}_events_{days}d": counts(f"event = '{kind}' AND {since(days)}")
            for kind in KINDS
            for days in (28, 91)
        },
        "categories_28d": f"count(DISTINCT category) FILTER ({since(28)})",
        "categories_91d": f"count(DISTINCT category) FILTER ({since(91)})",
        "channels_91d": f"count(DISTINCT channel) FILTER ({since(91)})",
    }
    return f"""
WITH log AS (SELECT * FROM '{log}' WHERE event_day < {end}),
days AS (SELECT customer_id, event_day, sum(amount) AS spend FROM log GROUP BY ALL),
gaps AS (
  SELECT *, event_day - lag(event_day) OVER (PARTITION BY customer_id ORDER BY event_day) AS gap FROM days
),
rhythm AS (
  SELECT customer_id,
    avg(gap) FILTER ({since(91)}) AS gap_91d, avg(gap) FILTER ({since(182)}) AS gap_182d,
    sqrt((count(gap) FILTER ({since(182)}) * sum(gap * gap) FILTER ({since(182)})
      - (sum(gap) FILTER ({since(182)})) ** 2)::DOUBLE
      / nullif(count(gap) FILTER ({since(182)}) * (count(gap) FILTER ({since(182)}) - 1), 0)) AS gap_spread_182d,
    max(gap) FILTER ({since(182)}) AS longest_gap_182d,
    (({end} - max(event_day) FILTER ({since(182)})) * count(gap) FILTER ({since(182)}))::DOUBLE
      / sum(gap) FILTER ({since(182)}) AS overdue_182d,
    max(spend) FILTER ({since(91)}) AS largest_day_91d
  FROM gaps GROUP BY customer_id
),
{_most("category", since(91))}, {_most("channel", since(91))},
rows AS (SELECT customer_id, {", ".join(f"{of} AS {name}" for name, of in rows.items())} FROM log GROUP BY customer_id)
SELECT rows.*, rhythm.* EXCLUDE (customer_id), most_category.* EXCLUDE (customer_id), most_channel.* EXCLUDE (customer_id)
FROM rows LEFT JOIN rhythm USING (customer_id) LEFT JOIN most_category USING (customer_id)
LEFT JOIN most_channel USING (customer_id) ORDER BY customer_id
"""


def _slope(end: str) -> str:
    days = 91
    sum_x = days * (days - 1) // 2
    spread = days * sum(x * x for x in range(days)) - sum_x**2
    inside = f"FILTER (event_day >= {end} - {days})"
    moment = f"coalesce(sum(event_day - ({end} - {days})) {inside}, 0)"
    return f"(49 * ({days} * {moment} - {sum_x} * count(*) {inside}))::DOUBLE / {spread}"


def _most(column: str, inside: str) -> str:
    return f"""counted_{column} AS (
  SELECT customer_id, {column}, count(*) AS n FROM log WHERE {inside} GROUP BY ALL
), most_{column} AS (
  SELECT customer_id, max(n)::DOUBLE / sum(n) AS {column}_share_91d,
    min({column}) FILTER (n = top) AS main_{column}_91d
  FROM (SELECT *, max(n) OVER (PARTITION BY customer_id) AS top FROM counted_{column}) GROUP BY customer_id
)"""


def by_naive_sql(log: Path, out: Path, dates: Iterable[date]) -> None:
    """Write a file a date."""
    engine = duckdb.connect()
    for as_of in dates:
        engine.sql(naive_sql(log, as_of)).write_parquet(str(out.with_suffix(f".{as_of}.parquet")), compression="zstd")


def by_polars(log: Path, out: Path, dates: Iterable[date]) -> None:
    """Write a file a date."""
    for as_of in dates:
        _polars(pl.scan_parquet(log), as_of).sink_parquet(out.with_suffix(f".{as_of}.parquet"), engine="streaming")


def _polars(log: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    log = log.filter(pl.col("event_day") < as_of).with_columns(
        ago=(pl.lit(as_of) - pl.col("event_day")).dt.total_days().cast(pl.Int32)
    )
    rows = log.group_by("customer_id").agg(**_row_columns())
    days = log.group_by("customer_id", "ago").agg(spend=pl.col("amount").sum()).sort("customer_id", "ago")
    gap = pl.col("ago").shift(-1).over("customer_id") - pl.col("ago")
    rhythm = days.with_columns(gap=gap).group_by("customer_id").agg(**_rhythm_columns())
    joined = rows.join(rhythm, on="customer_id", how="left")
    for column in ("category", "channel"):
        joined = joined.join(_most_polars(log, column), on="customer_id", how="left")
    return joined.sort("customer_id")


def _row_columns() -> Mapping[str, pl.Expr]:
    ago, amount, event = pl.col("ago"), pl.col("amount"), pl.col("event")

    def counts(where: pl.Expr) -> pl.Expr:
        return where.sum().cast(pl.Int64)

    def sums(of: pl.Expr, where: pl.Expr) -> pl.Expr:
        return of.filter(where).sum()

    def divided(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
        return pl.when(whole != 0).then(part / whole)

    def rise(of: pl.Expr, days: int) -> pl.Expr:
        before = sums(of, (ago > days) & (ago <= 2 * days))
        return divided(sums(of, ago <= days) - before, before)

    one, length = pl.lit(1, pl.Int64), 91
    sum_x = length * (length - 1) // 2
    spread = length * sum(x * x for x in range(length)) - sum_x**2
    moment = sums((length - ago).cast(pl.Int64), ago <= length)
    return {
        "days_since_event": ago.min(),
        "days_as_customer": ago.max(),
        "silence_share": ago.min() / ago.max(),
        "events": pl.len(),
        **{f"events_{days}d": counts(ago <= days) for days in (7, 14, 28, 56, 91, 182)},
        "spend": amount.sum(),
        **{f"spend_{days}d": sums(amount, ago <= days) for days in (14, 28, 56, 91, 182)},
        **{f"buys_{days}d": counts((event == "purchase") & (ago <= days)) for days in (28, 91, 182)},
        "days_since_purchase": ago.filter(event == "purchase").min(),
        "days_since_support": ago.filter(event == "support").min(),
        **{f"active_days_{days}d": ago.filter(ago <= days).n_unique() for days in (28, 91, 182)},
        "active_weeks_91d": ((ago - 1) // 7).filter(ago <= 91).n_unique(),
        **{
            f"events_change_{days}d": divided(
                counts(ago <= days) - counts((ago > days) & (ago <= 2 * days)),
                counts((ago > days) & (ago <= 2 * days)),
            )
            for days in (28, 91)
        },
        **{f"spend_change_{days}d": rise(amount, days) for days in (28, 91)},
        "events_slope_91d": 49 * (length * moment - sum_x * counts(ago <= length)) / spread,
        **{
            f"order_value_{days}d": divided(sums(amount, ago <= days), counts((event == "purchase") & (ago <= days)))
            for days in (91, 182)
        },
        "saved_share_91d": divided(sums(pl.col("discount"), ago <= 91), sums(pl.col("discount") + amount, ago <= 91)),
        "weekend_share_91d": divided(counts((pl.col("weekday") >= 5) & (ago <= 91)), counts(ago <= 91)),
        "evening_share_91d": divided(counts((pl.col("hour") >= 18) & (ago <= 91)), counts(ago <= 91)),
        "returns_91d": counts((event == "return") & (ago <= 91)),
        **{f"{kind}_events_{days}d": counts((event == kind) & (ago <= days)) for kind in KINDS for days in (28, 91)},
        "categories_28d": pl.col("category").filter(ago <= 28).n_unique(),
        "categories_91d": pl.col("category").filter(ago <= 91).n_unique(),
        "channels_91d": pl.col("channel").filter(ago <= 91).n_unique(),
        "has_rows": one,
    }


def _rhythm_columns() -> Mapping[str, pl.Expr]:
    ago, gap = pl.col("ago"), pl.col("gap").cast(pl.Int64)
    half, quarter = gap.filter(pl.col("ago") <= 182), gap.filter(pl.col("ago") <= 91)
    count = half.count().cast(pl.Int64)
    variance = (count * (half * half).sum() - half.sum() ** 2) / (count * (count - 1))
    return {
        "gap_91d": quarter.mean(),
        "gap_182d": half.mean(),
        "gap_spread_182d": pl.when(count > 1).then(variance.sqrt()),
        "longest_gap_182d": half.max(),
        "overdue_182d": pl.when(half.sum() > 0).then(ago.filter(ago <= 182).min() * count / half.sum()),
        "largest_day_91d": pl.col("spend").filter(ago <= 91).max(),
    }


def _most_polars(log: pl.LazyFrame, column: str) -> pl.LazyFrame:
    counted = log.filter(pl.col("ago") <= 91).group_by("customer_id", column).agg(n=pl.len())
    return counted.group_by("customer_id").agg(
        (pl.col("n").max() / pl.col("n").sum()).alias(f"{column}_share_91d"),
        pl.col(column).filter(pl.col("n") == pl.col("n").max()).min().alias(f"main_{column}_91d"),
    )
