"""The 2,357 customers of CDNOW that the models of buying and spending were published with, seen for 39 weeks."""

from datetime import date
from functools import cache

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from pipeline.model.rhythm import Histories
from pipeline.sources.packages import packaged_file
from pipeline.value.paying import past_buying

AS_OF = date(1997, 10, 1)


@cache
def purchases() -> ir.Table:
    """Return the sample as a table of purchases, the later ones that nobody had seen included."""
    path = packaged_file("lifetimes", "lifetimes", "datasets", "CDNOW_sample.txt")
    fields = [line.split() for line in path.read_text().splitlines()]
    rows = [(who, date.fromisoformat(day), round(100 * float(amount))) for _, who, day, _, amount in fields]
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "event_day", "amount"]))


@cache
def bought() -> pd.DataFrame:
    """Return how each customer came back in the 39 weeks, one a row."""
    return past_buying(purchases(), AS_OF, days=182).order_by("customer_id").to_pyarrow().to_pandas(date_as_object=True)


def histories() -> Histories:
    """Return the histories in weeks; as published, the last day seen is the end."""
    found = bought()
    end = date(1997, 9, 30)
    first, last = (np.array([(end - day).days / 7 for day in found[name]]) for name in ("first_day", "last_day"))
    return Histories(found["repeats"].to_numpy(float), first - last, first)
