"""Drift over the whole catalogue: what moved among all columns of every sort is named and nothing else, and chance is not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import every_feature
from pipeline.monitoring.findings import drift_facts, learnt_profile
from pipeline.params import DriftParams

FEATURES = every_feature()
NAMES = [feature.name for feature in FEATURES]
MISSING = (0.0, 0.0, 0.05, 0.4, 0.97, 0.995)
MEANS = (0.02, 0.5, 3.0, 20.0)
STRICT = DriftParams(false_alarm_share=0.01, min_stability_index=0, stop_stability_index=0.5)
SHIPPED = DriftParams(false_alarm_share=0.01, min_stability_index=0.1, stop_stability_index=0.5)

Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def named(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    """Draw names, few or more than a profile has bins for, the first by far the most frequent."""
    levels = (3, 12, 60)[place % 3]
    frequent = 1 / np.arange(1, levels + 1)
    return np.array([f"level {number}" for number in range(levels)], dtype=object)[
        np.searchsorted(np.cumsum(frequent / frequent.sum()), rng.random(rows))
    ]


def counted(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    return rng.poisson(MEANS[place % 4], rows).astype(float)


def paid(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    """Draw money in cents, of which half or none is 0."""
    return np.where(rng.random(rows) < 0.5 * (place % 2), 0, rng.lognormal(7, 1, rows).round())


def shared(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    """Draw parts of a few: 0 and 1 are the most frequent."""
    whole = rng.integers(1, 4 + place % 9, rows)
    return rng.binomial(whole, 0.5) / whole


def changed(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    return rng.laplace(0, 1, rows).round(place % 3)


def waited(rng: np.random.Generator, rows: int, place: int) -> np.ndarray:
    return np.ceil(rng.exponential(MEANS[place % 4] * 10 + 1, rows))


BY_UNIT: dict[str, Draw] = {
    "category": named, "count": counted, "times": counted, "money": paid, "price": paid, "amount": paid, "share": shared,
    "change": changed, "slope": changed, "money_slope": changed, "step": changed, "points": changed, "number": changed,
}  # fmt: skip


def missing_share(feature: Feature) -> float:
    return MISSING[NAMES.index(feature.name) % len(MISSING)]


def customers(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Draw every column of the catalogue as its unit has it, whole, now and then or nearly always missing."""
    drawn: dict[str, np.ndarray | list[str]] = {"customer_id": [str(number) for number in range(rows)]}
    for place, feature in enumerate(FEATURES):
        values = BY_UNIT.get(feature.unit, waited)(rng, rows, place)
        nothing = None if feature.unit == "category" else np.nan
        drawn[feature.name] = np.where(rng.random(rows) < missing_share(feature), nothing, values)
    return pd.DataFrame(drawn)


def moved(then: pd.DataFrame, now: pd.DataFrame, rng: np.random.Generator, params: DriftParams) -> list[str]:
    """Return the columns said to have moved, the risk itself among them, by the way the job takes."""
    profile = learnt_profile(then, NAMES, rng.beta(1, 4, len(then)))
    facts = drift_facts(profile, now, rng.beta(1, 4, len(now)), params)
    return [one["name"] for one in (*facts["features"], facts["score"]) if one["drifted"]]


def alarms(rows: int, draws: int = 100) -> int:
    """Count the draws of two samples of one world in which anything is said to have moved, however little."""
    rng = np.random.default_rng(rows)
    return sum(bool(moved(customers(rng, rows), customers(rng, rows), rng, STRICT)) for _ in range(draws))


@pytest.mark.slow
@pytest.mark.parametrize("rows", [100, 1_000, 100_000])
def test_at_most_5_of_100_samples_of_an_unmoved_catalogue_raise_an_alarm(rows):
    assert len(FEATURES) >= 150
    assert alarms(rows) <= 5


def shifted(column: pd.Series, feature: Feature) -> pd.Series:
    """Move a column: names change places, nearly empty ones fill up, numbers double and one more."""
    if missing_share(feature) > 0.9:
        return column.where(np.arange(len(column)) % 4 > 0, "level 0" if feature.unit == "category" else 1.0)
    if feature.unit == "category":
        return column.map({"level 0": "level 1", "level 1": "level 0"}).fillna(column)
    return column * 2 + 1


ONE_OF_EACH = {(feature.unit, missing_share(feature)): feature for feature in FEATURES if feature.is_steady}


@pytest.fixture(scope="module", params=[1_000, 20_000])
def worlds(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two samples of one world."""
    rng = np.random.default_rng(7)
    return customers(rng, request.param), customers(rng, request.param)


@pytest.mark.slow
@pytest.mark.parametrize("feature", ONE_OF_EACH.values(), ids=lambda one: one.name)
def test_the_one_column_that_moved_is_named_and_no_other_of_the_catalogue(worlds, feature):
    then, now = worlds
    other = now.assign(**{feature.name: shifted(now[feature.name], feature)})
    assert moved(then, other, np.random.default_rng(7), SHIPPED) == [feature.name]


def test_a_column_of_every_unit_and_share_of_missing_is_moved():
    assert {unit for unit, _ in ONE_OF_EACH} == {feature.unit for feature in FEATURES}
    assert {share for _, share in ONE_OF_EACH} == set(MISSING)


def test_two_samples_of_one_catalogue_have_not_moved_and_one_shift_in_it_is_named():
    rng = np.random.default_rng(11)
    then, now = customers(rng, 2_000), customers(rng, 2_000)
    assert moved(then, now, rng, SHIPPED) == []
    assert moved(then, now.assign(orders_91d=now["orders_91d"] + 3), rng, SHIPPED) == ["orders_91d"]
