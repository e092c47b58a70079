"""What is true of the made-up business and stands in none of its tables: for judging what the pipeline found out."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.params_source import SimulatedParams
from pipeline.simulation import business
from pipeline.simulation.block import Block
from pipeline.simulation.business import ACTIONS
from pipeline.simulation.causes import CAUSE_NAMES, CAUSES, NO_CAUSE
from pipeline.simulation.clock import Clock
from pipeline.simulation.hazard import AHEAD_WEEKS
from pipeline.simulation.life import price_of
from pipeline.simulation.people import Floats
from pipeline.simulation.tables import Export, id_array, money, text, wanted, words
from pipeline.simulation.using import usual_order_cents

HAZARDS = tuple(f"hazard_{week}" for week in range(1, AHEAD_WEEKS + 1))
_YEAR_WEEKS, _YEAR_MONTHS = 365 / 7, 365 / 30


def truth_of(block: Block, clock: Clock, params: SimulatedParams) -> dict[str, pa.Table]:
    """Return a block's truth: who its customers are, their risk in every week, what struck them and how they left."""
    exports = {name: Export(name, block, clock, params) for name in ("weeks", "strikes", "ends")}
    return {
        "people": _people(block, clock, params),
        "weeks": _weeks(exports["weeks"]),
        "strikes": _strikes(exports["strikes"]),
        "ends": _ends(exports["ends"]),
    }


def risk(hazards: npt.ArrayLike, response: npt.ArrayLike = 0.0, half_life_weeks: float = np.inf) -> Floats:
    """Return the chance of leaving within as many weeks as there are columns of hazards, a row each customer.

    `response` is what an action taken now adds to the log-hazard of each; it wears off by its half-life. The effect of an
    action on a customer is `risk(hazards) - risk(hazards, response, half_life_weeks)`.

    >>> risk([[0.01, 0.01, 0.01, 0.01]]).round(4), risk([[0.01, 0.01, 0.01, 0.01]], [-1.0], 4).round(4)
    (array([0.0392]), array([0.0183]))
    """
    weekly = np.asarray(hazards, dtype=np.float64)
    worn = 0.5 ** (np.arange(weekly.shape[1]) / half_life_weeks)
    shifted = weekly * np.exp(np.multiply.outer(np.broadcast_to(response, len(weekly)), worn))
    return np.asarray(1 - np.exp(-shifted.sum(axis=1)))


def facts(params: SimulatedParams) -> dict[str, Any]:
    """Return what holds for the business as a whole: its causes and its actions, with their numbers."""
    return {
        **params.model_dump(),
        "first_day": str(business.first_day(params.weeks)),
        "end": str(business.END),
        "causes": [vars(cause) for cause in CAUSES],
        "actions": [vars(action) for action in ACTIONS],
    }


def _people(block: Block, clock: Clock, params: SimulatedParams) -> pa.Table:
    people = block.people
    who = wanted(block, params)
    paid = price_of(people.plan, people.yearly) * np.where(people.yearly, 1, _YEAR_MONTHS)
    bought = _YEAR_WEEKS * people.orders * usual_order_cents(people.basket)
    hidden = {
        "usual_uses_per_week": people.usage,
        "usual_orders_per_week": people.orders,
        "frailty": people.frailty,
        "price_sensitivity": people.price_sensitivity,
        "service_sensitivity": people.service_sensitivity,
    } | {f"response_{action.name}": people.response[place] for place, action in enumerate(ACTIONS)}
    return pa.table(
        {
            "customer_id": id_array(block).slice(0, len(who)),
            "joined_on": pa.array(clock.days(people.joined[who])),
            "yearly_revenue": money(np.round(paid + bought)[who].astype(np.int64)),
            "poor_start": pa.array(people.poor_start[who]),
            **{name: pa.array(values[who], pa.float32()) for name, values in hidden.items()},
        }
    )


def _weeks(export: Export) -> pa.Table:
    return pa.table(
        {
            "customer_id": export.ids(),
            "as_of": pa.array(export.clock.days(export.rows["at"])),
            **{name: pa.array(export.rows[name], pa.float32()) for name in HAZARDS},
            "main_cause": words((*CAUSE_NAMES, NO_CAUSE), export.rows["main_cause"] % (len(CAUSES) + 1)),
        }
    )


def _strikes(export: Export) -> pa.Table:
    days = pa.array(export.clock.days(export.rows["at"]))
    return pa.table({"customer_id": export.ids(), "struck_by": days, "cause": text(export.rows["cause"])})


def _ends(export: Export) -> pa.Table:
    return pa.table(
        {
            "customer_id": export.ids(),
            "ended_at": export.instant("at"),
            "ended_on": pa.array(export.clock.days(export.rows["at"])),
            "left_as": text(export.rows["left_as"]),
            "cause": text(export.rows["cause"]),
            "reason_told": pa.array(export.rows["reason_told"]),
        }
    )
