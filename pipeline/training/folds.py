"""Which fold a customer is in: always the same one, whatever the date."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

Folds = npt.NDArray[np.int64]


def customer_folds(customers: pd.Series, folds: int, seed: int) -> Folds:
    """Return each row's fold, 0 to `folds` - 1, by a salted hash of the customer.

    >>> customer_folds(pd.Series(["a", "b", "a"]), 5, seed=1).tolist()
    [0, 1, 0]
    """
    codes, names = pd.factorize(customers)
    return np.array([_fold(str(name), folds, seed) for name in names], dtype=np.int64)[codes]


def _fold(customer: str, folds: int, seed: int) -> int:
    digest = hashlib.sha256(f"fold {seed} {customer}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % folds
