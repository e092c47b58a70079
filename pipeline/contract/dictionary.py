"""The data contract as a page, written from the declarations, so that it cannot differ from what is checked."""

from collections.abc import Sequence

from pipeline.contract.rules import RULES
from pipeline.contract.tables import KINDS, TYPES, Column, Kind

_INTRODUCTION = """\
# Data contract

What the pipeline takes in. Map your own tables onto these kinds under `source.files` in `params.yaml`
(`examples/params.files.yaml` shows a filled mapping), then run `uv run churn contract`. Every kind is optional but the
one that `snapshots.label` tells churn from; what is not there falls away, with the behaviours it would have told. This
page is made from `pipeline/contract/tables.py` and `rules.py`; do not edit it.

| snapshots.label | who has churned | needs |
| --- | --- | --- |
| inactivity | who does nothing in the label window | purchases or usage |
| decline | who spends far less than usual in it | purchases |
| cancellation | who has no subscription left at its end | subscriptions, with `ended_at` |
| given | whom your table says has left | customers, with `churned` |

Nothing is guessed: values are read by the type declared here, and a value that does not fit is put aside with its file,
line, column and a way out (`data/checked/quarantine.parquet`). Above `contract.quarantine_share` of a table's rows the
run stops and lists what it found. Where your words differ from the contract's, name them on the column:
`status: {column: Status, values: {ok: paid, declined: failed}}`."""

_ATTRIBUTES = """\
Any number of `attributes` may be mapped beside these, each a `column` that never changes (`immutable: true`), of `type`
`category` or `number`. In a table with `churned` they hold as of its extract, and may be of any sort. An attribute's name
is its words: `home_ownership` reads "Home ownership"."""

_CLOSING = """\
What is known only when a row closes ({columns}) stays empty for every as-of date up to the day of `{closed_by}`, and is
the only thing that does: map `known_at` where a row itself came late."""

_REPEATS = """\
## Rows that repeat

- With a `row_id`, rows of one id are one row: equal ones are kept once, differing ones are put aside.
- Where `known_at` is mapped too, differing rows of one id that became known on different days are versions: a row and its
  corrections. All are kept with `visible_day`, and every version but the newest has a `replaced_day`: the day the next
  one became known. An as-of date sees the version known before it, so a correction never changes the past. Only rows
  that differ and became known on one day are put aside.
- Without a `row_id`, equal rows of one file are all kept: a receipt with two equal lines sold two things.
- Where two files hold the same row of one order (or campaign), their exports overlap: the row is kept once.
- Rows without an order are all kept: nothing tells a repeated export from a customer who did the same twice.
- Of equal rows that became known on different days, the one known first is kept.
- A customer with two rows in `customers` stops the run."""

_TIME = """\
## Days and hours

Instants become UTC. The day, hour and weekday of a row are those of the business's `time_zone`, and every window counts
such days; every other instant gets a day too (`ended_at` an `ended_day`). A local time that the clocks skip in spring is
moved forward; one they show twice in autumn is read as the first; both are counted in the warnings.

The logs of activity (purchases, usage, subscriptions, payments) say from when until when there is data. It starts with
the one that starts last, and where spells have ends, with the first of them: before it nobody was seen to leave. It ends
with the last whole day of the one that stopped first: a newest day with less than a fifth of the usual rows is taken as
not complete, and a log with few rows a day has not stopped while it is silent for no longer than it often is.

One mistyped year would move every as-of date, so the run stops where such rows lie far before or after all others: more
than 400 days without a row, ten times as long as any pause of the rest, which has 20 days with rows or more, and no
more than one day or one in a hundred beyond. A season's pause, a reopening or a table with few rows passes."""


def data_contract_page() -> str:
    """Return docs/data-contract.md."""
    kinds = [_kind(kind) for kind in KINDS.values()]
    return "\n\n".join([_INTRODUCTION, *kinds, _types(), _rules(), _TIME, _REPEATS]) + "\n"


def _kind(kind: Kind) -> str:
    rows = [_row(column) for column in kind.columns]
    extra = f"\n\n{_ATTRIBUTES}" if kind.has_attributes else ""
    if kind.closed_by:
        columns = " and ".join(f"`{name}`" for name in kind.known_when_closed)
        extra = "\n\n" + _CLOSING.format(columns=columns, closed_by=kind.closed_by)
    return f"## {kind.name}\n\n{kind.words}.\n\n" + _table(("column", "needed", "type", "meaning"), rows) + extra


def _row(column: Column) -> tuple[str, ...]:
    promises = [column.words, column.rule, ", ".join(f"`{value}`" for value in column.values)]
    meaning = "; ".join(promise for promise in promises if promise)
    limits = "; zero or more" if column.at_least_zero else ""
    limits += f"; {column.between[0]} to {column.between[1]:,}" if column.between else ""
    limits += f"; not before `{column.not_before}`" if column.not_before else ""
    return f"`{column.name}`", "yes" if column.required else "", column.type, meaning + limits


def _types() -> str:
    return "## Types\n\n" + _table(("type", "written as"), [(name, words) for name, words in TYPES.items()])


def _rules() -> str:
    rows = [(f"{rule.says}", rule.way_out) for rule in RULES.values()]
    return "## Promises\n\nA row is put aside when one of its values …\n\n" + _table(
        ("promise broken", "way out"), rows
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
