"""The tables of the made-up business, as it would export them: the contract's kinds under the contract's names."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.params_source import SimulatedParams
from pipeline.simulation import business
from pipeline.simulation.block import BLOCK, Block
from pipeline.simulation.business import PLANS
from pipeline.simulation.clock import Clock, Instants
from pipeline.simulation.people import Floats, Whole

Column = Callable[["Export"], pa.Array]

INSTANT = pa.timestamp("s", tz="UTC")
MONEY = pa.decimal128(12, 2)
_LATE_SHARE = {"purchases": 0.02, "surveys": 0.08}
_LATE_WEEKS = (0.3, 3.0)


class Export:
    """Rows of one table of a block, by column, and what is needed to write them as the business would."""

    def __init__(self, kind: str, block: Block, clock: Clock, params: SimulatedParams) -> None:
        """Take a table's rows in order of time, those of customers beyond the wanted number left out."""
        self.block, self.clock = block, clock
        rows: dict[str, Any] = block.log.columns(kind)
        who, at = rows.get("who", np.zeros(0, np.int64)), rows.get("at", np.zeros(0))
        self.known = _known(kind, block, at, params)
        kept = (number_of(block, who) < params.customers) & ~(self.known >= params.weeks)
        order = np.flatnonzero(kept)[np.argsort(at[kept], kind="stable")]
        self.rows = {name: values[order] for name, values in rows.items()}
        self.known = self.known[order]
        self.who: Whole = self.rows.get("who", who)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.who)

    def ids(self) -> pa.Array:
        """Return the customers' ids."""
        return id_array(self.block).take(pa.array(self.who))

    def instant(self, name: str) -> pa.Array:
        """Return a column of moments as instants."""
        return instants(self.clock.instants(self.rows[name]))


def number_of(block: Block, who: Whole) -> Whole:
    """Return customers' numbers among all blocks."""
    return block.number * BLOCK + who


def wanted(block: Block, params: SimulatedParams) -> Whole:
    """Return the places of a block's customers that are among the wanted number."""
    return np.arange(min(BLOCK, params.customers - block.number * BLOCK))


def id_array(block: Block) -> pa.Array:
    """Return the ids of a block as text, leading zeros included."""
    return pa.array([f"{number + 1:07d}" for number in number_of(block, np.arange(BLOCK))])


def instants(moments: Instants) -> pa.Array:
    """Return UTC instants, null where there is none."""
    return pa.array(moments, pa.timestamp("s")).cast(INSTANT)


def words(texts: tuple[str, ...], places: Whole) -> pa.Array:
    """Return the text at each place of a list."""
    return pa.array(texts).take(pa.array(places))


def money(cents: Whole) -> pa.Array:
    """Return whole cents as exact decimals."""
    pairs = np.stack([cents, np.where(cents < 0, -1, 0)], axis=1).astype("<i8")
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(np.ascontiguousarray(pairs))])


def text(values: npt.NDArray[np.str_]) -> pa.Array:
    """Return texts, null for an empty one."""
    known, places = np.unique(values, return_inverse=True)
    return pa.array([each or None for each in known.tolist()], pa.string()).take(pa.array(places))


def _known(kind: str, block: Block, at: Floats, params: SimulatedParams) -> Floats:
    """Draw when each row became known: mostly at once (not a number), now and then days later."""
    share = _LATE_SHARE.get(kind)
    if share is None:
        return np.full(len(at), np.nan)
    chance = np.random.default_rng([params.seed, 2, block.number, len(kind)])
    late = at + chance.uniform(*_LATE_WEEKS, len(at))
    return np.where(chance.random(len(at)) < share, late, np.nan)


def _id(export: Export) -> pa.Array:
    return export.ids()


def _at(name: str = "at") -> Column:
    return lambda export: export.instant(name)


def _word(name: str, texts: tuple[str, ...]) -> Column:
    return lambda export: words(texts, export.rows[name])


def _text(name: str) -> Column:
    return lambda export: text(export.rows[name])


def _money(name: str) -> Column:
    return lambda export: money(export.rows[name])


def _whole(name: str) -> Column:
    return lambda export: pa.array(export.rows[name], pa.int32())


def _score(name: str) -> Column:
    return lambda export: pa.array(export.rows[name], pa.int32(), mask=export.rows[name] == 0)


def _known_at(export: Export) -> pa.Array:
    return instants(export.clock.instants(np.where(np.isnan(export.known), np.inf, export.known)))


def _numbered(prefix: str, name: str) -> Column:
    def column(export: Export) -> pa.Array:
        number = pa.array(export.rows[name]).cast(pa.string())
        return pc.binary_join_element_wise(f"{prefix}{export.block.number}", number, "-")

    return column


def _product(export: Export) -> pa.Array:
    number = pa.array(export.rows["product"]).cast(pa.string())
    return pc.binary_join_element_wise(words(business.CATEGORIES, export.rows["category"]), number, "-")


LOGS: Mapping[str, Mapping[str, Column]] = {
    "purchases": {
        "customer_id": _id,
        "purchased_at": _at(),
        "amount": _money("amount"),
        "order_id": _numbered("o", "order"),
        "product_id": _product,
        "category": _word("category", business.CATEGORIES),
        "discount": _money("discount"),
        "known_at": _known_at,
    },
    "usage": {
        "customer_id": _id,
        "used_at": _at(),
        "event": _word("event", business.EVENTS),
        "quantity": _whole("quantity"),
        "channel": _word("channel", business.USAGE_CHANNELS),
    },
    "subscriptions": {
        "customer_id": _id,
        "started_at": _at(),
        "ended_at": _at("ended"),
        "end_reason": _text("end_reason"),
        "plan": _word("plan", tuple(plan.name for plan in PLANS)),
        "price": _money("price"),
        "billing_days": lambda export: pa.array(
            np.where(export.rows["yearly"], business.YEAR_DAYS, business.MONTH_DAYS), pa.int32()
        ),
        "term_ends_at": _at("term_end"),
    },
    "payments": {
        "customer_id": _id,
        "attempted_at": _at(),
        "status": _text("status"),
        "amount": _money("amount"),
        "method": _word("method", business.METHODS),
        "card_expires_at": _at("card_expires"),
    },
    "tickets": {
        "customer_id": _id,
        "opened_at": _at(),
        "closed_at": _at("closed"),
        "priority": _text("priority"),
        "topic": _word("topic", business.TOPICS),
        "satisfaction": _score("satisfaction"),
    },
    "contacts": {
        "customer_id": _id,
        "contacted_at": _at(),
        "event": _text("event"),
        "campaign": _text("campaign"),
        "channel": _text("channel"),
    },
    "surveys": {
        "customer_id": _id,
        "answered_at": _at(),
        "survey": _text("survey"),
        "score": _whole("score"),
        "known_at": _known_at,
    },
}


def tables_of(block: Block, clock: Clock, params: SimulatedParams) -> dict[str, pa.Table]:
    """Return a block's tables by kind, those of its customers who are wanted."""
    logs = {kind: _table(Export(kind, block, clock, params), columns) for kind, columns in LOGS.items()}
    return {"customers": _customers(block, clock, params)} | logs


def _table(export: Export, columns: Mapping[str, Column]) -> pa.Table:
    return pa.table({name: column(export) for name, column in columns.items()})


def _customers(block: Block, clock: Clock, params: SimulatedParams) -> pa.Table:
    people = block.people
    who = wanted(block, params)
    return pa.table(
        {
            "customer_id": id_array(block).slice(0, len(who)),
            "joined_at": instants(clock.instants(people.joined[who])),
            "contact_permission": pa.array(people.permission[who]),
            "preferred_channel": words(business.CHANNELS, people.channel[who]),
            "region": words(business.REGIONS, people.region[who]),
            "acquired_by": words(tuple(business.ACQUIRED_BY), people.acquired_by[who]),
        }
    )
