"""Rows that say the same thing again: which are one row exported twice, and which are two equal lines of a receipt."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.contract.tables import Kind
from pipeline.errors import ContractError

ORIGIN = ("table", "file", "row")
_KNOWN = ("known_at", "known_day", "visible_day")


@dataclass(frozen=True)
class Repeats:
    """The rows to keep, and what became of the others; `conflicts` are rows whose id is that of a different row."""

    kept: ir.Table
    conflicts: ir.Table | None = None


def settle_repeats(rows: ir.Table, kind: Kind) -> Repeats:
    """Keep once what was exported twice, and lose nothing else.

    - With a `row_id`, rows of one id are one row: equal ones are kept once, differing ones are conflicts. But where rows
      say when they became known, differing ones of different days are versions: each is kept, and all but the newest
      get a `replaced_day`, the day the next one became known.
    - Without it, equal rows of one file are all kept: a receipt with two equal lines sold two things. But where two
      files hold the same row of the same order (or campaign), their exports overlap: the row is kept as often as the
      file that has it most often.
    - Rows without an order are all kept: nothing tells a repeated export from a customer who did the same twice.

    Rows are equal whenever they became known; the one known first is kept.
    """
    content = [name for name in rows.columns if name not in {*ORIGIN, *_KNOWN}]
    if "row_id" in rows.columns:
        return _by_row_id(rows, content)
    if kind.recognised_by in rows.columns and _are_of_several_files(rows):
        return Repeats(_once_across_files(rows, content, str(kind.recognised_by)))
    return Repeats(rows)


def repeated_lines(rows: ir.Table) -> ir.IntegerScalar:
    """Count the rows that repeat another row of the same file in everything."""
    content = [name for name in rows.columns if name != "row"]
    groups = rows.group_by(content).aggregate(copies=lambda same: same.count())
    return (groups.copies.sum() - groups.count()).fill_null(0)


def refuse_repeated_customers(rows: ir.Table, name: str, count: int = 5) -> None:
    """Raise ContractError where a customer has two rows, naming the first of them."""
    copies = rows.group_by("customer_id").aggregate(copies=lambda same: same.count())
    repeated = copies.filter(copies.copies > 1)
    first = repeated.order_by("customer_id").limit(count).to_pyarrow()["customer_id"].to_pylist()
    if first:
        total = repeated.count().to_pyarrow().as_py()
        raise ContractError(
            f"{name}: {total:,} customer_id {'has' if total == 1 else 'have'} more than one row, first "
            f"{', '.join(repr(customer) for customer in first)}. Keep one row a customer."
        )


def _are_of_several_files(rows: ir.Table) -> bool:
    return len(rows.select("table", "file").distinct().limit(2).to_pyarrow()) > 1


def _by_row_id(rows: ir.Table, content: list[str]) -> Repeats:
    others = [name for name in content if name != "row_id"]
    key = ["row_id", *_known_first(rows)]
    disputed = _keys_that_differ(rows, key, others)
    conflicts = rows.semi_join(disputed, key).select(*ORIGIN, "row_id")
    place = ibis.row_number().over(ibis.window(group_by=key, order_by=ORIGIN))
    once = rows.mutate(place=place).filter(lambda placed: placed.row_id.isnull() | (placed.place == 0)).drop("place")
    if "known_day" not in rows.columns:
        return Repeats(once.anti_join(disputed, key), conflicts)
    return Repeats(_versions(once, disputed, others), conflicts)


def _known_first(rows: ir.Table) -> list[str]:
    return ["known_day"] if "known_day" in rows.columns else []


def _keys_that_differ(rows: ir.Table, key: list[str], others: list[str]) -> ir.Table:
    known = rows.filter(rows.row_id.notnull())
    sides = {f"least_{name}": known[name].min() for name in others} | {
        f"most_{name}": known[name].max() for name in others
    }
    filled = {f"filled_{name}": known[name].count() for name in others}
    groups = known.group_by(key).aggregate(copies=known.count(), **sides, **filled)
    differs = [groups[f"least_{name}"] != groups[f"most_{name}"] for name in others]
    part_empty = [groups[f"filled_{name}"].between(1, groups.copies - 1) for name in others]
    return groups.filter(ibis.or_(*differs, *part_empty)).select(key)


def _versions(once: ir.Table, disputed: ir.Table, others: list[str]) -> ir.Table:
    """Keep the rows of an id that differ from what was known of it the day before, each until the next.

    A disputed day, whose rows are conflicts, ends the version before it too: from then on that one is known to be wrong.
    """
    marked = _with_disputed(once, disputed)
    of_id = ibis.window(group_by="row_id", order_by="known_day")
    repeats = [marked[name].identical_to(marked[name].lag().over(of_id)) for name in (*others, "disputed")]
    is_old = ibis.and_(ibis.row_number().over(of_id) > 0, ~marked.disputed, *repeats, marked.row_id.notnull())
    changed = marked.mutate(is_old=is_old).filter(lambda rows: ~rows.is_old)
    replaced_day = ibis.ifelse(changed.row_id.notnull(), changed.known_day.lead().over(of_id), ibis.null("date"))
    dated = changed.mutate(replaced_day=replaced_day)
    return dated.filter(~dated.disputed).drop("disputed", "is_old")


def _with_disputed(rows: ir.Table, disputed: ir.Table) -> ir.Table:
    days = disputed.mutate(disputed=ibis.literal(value=True))
    joined = rows.left_join(days, ["row_id", "known_day"])
    return joined.select(*rows.columns, disputed=joined.disputed.notnull())


def _once_across_files(rows: ir.Table, content: list[str], recognised_by: str) -> ir.Table:
    within = ibis.window(group_by=[*content, "table", "file"], order_by=[*_known_first(rows), "row"])
    numbered = rows.mutate(copy=ibis.row_number().over(within))
    across = ibis.window(group_by=[*content, "copy"], order_by=[*_known_first(rows), *ORIGIN])
    placed = numbered.mutate(place=ibis.row_number().over(across))
    return placed.filter(placed[recognised_by].isnull() | (placed.place == 0)).drop("copy", "place")
