"""How well the model ranks where no answer is in yet, as far as its own probabilities can tell."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BLIND = (
    "It believes the probabilities: where customers now leave for a reason the model has never seen, "
    "it notices nothing, and only answers will tell."
)


def expected_auc(chance: Floats) -> float | None:
    """Return the AUC that calibrated probabilities promise: of a leaver and a stayer, how often he who leaves ranks higher.

    Pairs are weighted by pᵢ(1 − pⱼ), ties count half; None where nobody can leave or nobody can stay. Source: the
    confidence-based estimate of NannyML (arXiv 2401.08348).

    >>> expected_auc(np.array([1.0, 1.0, 0.0]))
    1.0
    >>> expected_auc(np.array([0.3, 0.3, 0.3]))
    0.5
    """
    values, places = np.unique(chance, return_inverse=True)
    leave = np.bincount(places, weights=chance, minlength=len(values))
    stay = np.bincount(places, weights=1 - chance, minlength=len(values))
    below = np.cumsum(stay) - stay
    pairs = leave.sum() * stay.sum()
    if not pairs:
        return None
    return float((leave * (below + stay / 2)).sum() / pairs)
