"""What is different since the last list: who is new, who is gone, and who moved to another risk band."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

READ = ("customer_id", "as_of", "risk_band", "churn_probability", "risk_rank")
TOLD = ("risk_band", "churn_probability")


def changes(before: pa.Table, now: pa.Table) -> pa.Table:
    """Return a row for every customer who is `new`, `gone` or `moved` to another band, by customer id.

    Columns: `customer_id`, `change`, then band and probability, each `_before` and `_now`.
    """
    place = pc.index_in(now["customer_id"], value_set=before["customer_id"].combine_chunks())
    gone = before.filter(pc.invert(pc.is_in(before["customer_id"], value_set=now["customer_id"].combine_chunks())))
    still = _beside(now["customer_id"], before.take(place), now)
    is_new = still["risk_band_before"].is_null()
    has_moved = pc.fill_null(pc.not_equal(still["risk_band_before"], still["risk_band_now"]), fill_value=False)
    nobody = now.take(pa.nulls(gone.num_rows, pa.int64()))
    found = [
        _called("new", still.filter(is_new)),
        _called("gone", _beside(gone["customer_id"], gone, nobody)),
        _called("moved", still.filter(has_moved)),
    ]
    return pa.concat_tables(found).sort_by("customer_id")


def summary(before: pa.Table, now: pa.Table, found: pa.Table) -> dict[str, Any]:
    """Return the counts, and how much the two lists' customers of highest risk overlap.

    `top_jaccard` is shared ÷ either, of the tenth of customers with the highest risk in each list.
    """
    tops = [set(_top(one).to_pylist()) for one in (before, now)]
    return {
        "as_of_before": str(before["as_of"][0]),
        "as_of_now": str(now["as_of"][0]),
        **{change: pc.sum(pc.equal(found["change"], change)).as_py() or 0 for change in ("new", "gone", "moved")},
        "top_jaccard": len(tops[0] & tops[1]) / len(tops[0] | tops[1]),
    }


def _beside(customers: pa.ChunkedArray, before: pa.Table, now: pa.Table) -> pa.Table:
    columns = {f"{name}_{when}": one[name] for name in TOLD for when, one in (("before", before), ("now", now))}
    return pa.table({"customer_id": customers, **columns})


def _called(change: str, rows: pa.Table) -> pa.Table:
    return rows.add_column(1, "change", pa.array([change] * rows.num_rows, pa.string()))


def _top(scores: pa.Table) -> pa.ChunkedArray:
    return scores.filter(pc.less_equal(scores["risk_rank"], max(scores.num_rows // 10, 1)))["customer_id"]
