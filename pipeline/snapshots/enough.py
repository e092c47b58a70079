"""Whether there is enough to learn from and to judge by: counted before anything is computed, so that nothing is lost."""

import numpy as np
import pandas as pd

from pipeline.errors import TooLittleDataError


def refuse_too_few(churned: np.ndarray, customers: pd.Series, min_churners: int) -> None:
    """Raise TooLittleDataError where too few customers churned, or too few stayed, to learn a difference from.

    Who churned on several dates counts once: many snapshots of few customers teach little.
    """
    answers = np.asarray(churned, dtype=bool)
    for who, gave in (("churners", answers), ("customers who stayed", ~answers)):
        found = int(customers[gave].nunique())
        if found < min_churners:
            raise TooLittleDataError(
                f"The training data hold {found:,} {who} among {customers.nunique():,} customers ({len(answers):,} snapshots); "
                f"a model needs {min_churners:,}, so {min_churners - found:,} more. Add customers or history, change "
                "snapshots.horizon_days, or lower train.min_churners.",
                {who: min_churners - found},
            )


def refuse_one_answer(churned: np.ndarray) -> None:
    """Raise TooLittleDataError where all test snapshots have the same answer, so that no ranking can be judged."""
    answers = np.asarray(churned, dtype=bool)
    if answers.all() or not answers.any():
        who, other = ("everybody", "customers who stayed") if answers.all() and len(answers) else ("nobody", "churners")
        raise TooLittleDataError(
            f"On the test dates {who} of {len(answers):,} snapshots churned, so no ranking can be judged. "
            "Add history, or change snapshots.horizon_days or snapshots.test_dates.",
            {other: 1},
        )
