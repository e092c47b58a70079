"""What a campaign of this size could prove: the smallest difference in churn that would show against its controls."""

import math
from statistics import NormalDist

SIGNIFICANCE = 0.05
POWER = 0.8
_HALVINGS = 60


def controls_needed(control_churn: float, treated_churn: float, treated_per_control: float) -> int:
    """Return how many controls it takes to tell two churn shares apart (two-sided 5 %, power 80 %).

    Two proportions with unequal groups; the treated are `treated_per_control` times as many.

    >>> controls_needed(0.10, 0.09, 1), controls_needed(0.10, 0.09, 9)
    (13495, 7382)
    """
    return math.ceil(_controls_needed(control_churn, treated_churn, treated_per_control))


def smallest_provable_effect(control_churn: float, treated: int, controls: int) -> float | None:
    """Return the smallest fall in churn, as a share of customers, that the two groups would show 8 times in 10.

    None where not even churn falling to zero would show.

    >>> round(smallest_provable_effect(0.10, 13_495, 13_495), 4)
    0.01
    >>> smallest_provable_effect(0.10, 20, 5) is None
    True
    """
    if not treated or not controls or not _shows(control_churn, control_churn, treated, controls):
        return None
    low, high = 0.0, control_churn
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _shows(control_churn, middle, treated, controls) else (middle, high)
    return high


def lists_needed(control_churn: float, effect: float, treated: int, controls: int) -> int | None:
    """Return how many lists like this one must be read together until the effect would show; None where none would.

    >>> lists_needed(0.10, 0.01, treated=6_700, controls=6_700)
    3
    """
    if not treated or not controls or not 0 < effect <= control_churn:
        return None
    return math.ceil(_controls_needed(control_churn, control_churn - effect, treated / controls) / controls)


def _shows(control_churn: float, effect: float, treated: int, controls: int) -> bool:
    return effect > 0 and _controls_needed(control_churn, control_churn - effect, treated / controls) <= controls


def _controls_needed(control_churn: float, treated_churn: float, treated_per_control: float) -> float:
    pooled = (control_churn + treated_per_control * treated_churn) / (1 + treated_per_control)
    if_equal = math.sqrt((1 + 1 / treated_per_control) * pooled * (1 - pooled))
    variance = control_churn * (1 - control_churn) + treated_churn * (1 - treated_churn) / treated_per_control
    z_size, z_power = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2), NormalDist().inv_cdf(POWER)
    return float((z_size * if_equal + z_power * math.sqrt(variance)) ** 2 / (control_churn - treated_churn) ** 2)
