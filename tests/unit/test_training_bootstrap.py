"""Intervals hold what they promise, and differences are paired."""

import numpy as np
import pandas as pd
import pytest

from pipeline.training import bootstrap
from pipeline.training.bootstrap import Bootstrap
from pipeline.training.metrics import means


def mean_of(values: np.ndarray):
    return {"mean": lambda weights: means(values, weights)}


def drawn(of: Bootstrap) -> np.ndarray:
    return np.concatenate([weights.drawn for weights in of.weights()])


def test_a_95_percent_interval_covers_the_truth_about_95_times_in_100():
    drawing, covered = np.random.default_rng(5), 0
    customers = pd.Series(np.repeat(np.arange(60), 3))
    for repeat in range(200):
        values = np.repeat(drawing.normal(1, 1, 60), 3) + drawing.normal(0, 0.5, 180)
        interval = Bootstrap(customers, 300, seed=repeat).measure(mean_of(values))["mean"].interval()
        covered += interval["low"] <= 1 <= interval["high"]
    assert 178 <= covered <= 198


def test_rows_of_one_customer_count_as_one_witness():
    values = np.repeat(np.random.default_rng(1).normal(size=100), 10)
    together = Bootstrap(pd.Series(np.repeat(np.arange(100), 10)), 500).measure(mean_of(values))["mean"].interval()
    apart = Bootstrap(pd.Series(np.arange(1000)), 500).measure(mean_of(values))["mean"].interval()
    assert together["high"] - together["low"] > 2.5 * (apart["high"] - apart["low"])


def test_a_figure_differs_from_itself_by_exactly_nothing():
    draws = Bootstrap(pd.Series(range(50)), 100).measure(mean_of(np.arange(50.0)))["mean"]
    assert (draws - draws).interval() == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_every_replicate_draws_as_many_customers_as_there_are():
    weights = drawn(Bootstrap(pd.Series(["a", "b", "c"]), 20))
    assert weights.shape == (20, 3)
    assert (weights.sum(axis=1) == 3).all()


def test_draws_are_the_same_in_small_blocks_as_in_one(monkeypatch: pytest.MonkeyPatch):
    of = Bootstrap(pd.Series(range(37)), 101, seed=3)
    at_once = drawn(of)
    monkeypatch.setattr(bootstrap, "MOST_WEIGHTS_AT_ONCE", 500)
    assert np.array_equal(drawn(of), at_once)


def test_replicates_that_say_nothing_are_left_out():
    draws = bootstrap.Draws(0.5, np.array([np.nan, 0.4, 0.6]))
    assert draws.interval()["low"] == pytest.approx(0.405)
