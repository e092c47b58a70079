"""How often the test dates have been looked at: each model judged on them makes the next figure a little less honest."""

from typing import Any

from pipeline.params import SnapshotsParams
from pipeline.tracking.store import Tracker, open_tracker

TASK = ("label", "horizon_days", "gap_days", "at_risk_days", "decline_share")


def looks_told(params: SnapshotsParams) -> str:
    """Say how many models the diary knows to have been judged on test dates, for this question; never fails."""
    try:
        counted = _looks(open_tracker(), params)
    except Exception as error:  # noqa: BLE001  # a diary that cannot be read must not cost the work
        return f"How often test dates have been looked at is not known ({type(error).__name__})."
    if not counted:
        return "The diary knows of no look at the test dates yet."
    return f"Looks at test dates so far: {'; '.join(f'{dates}: {count}' for dates, count in counted.items())}."


def _looks(tracker: Tracker, params: SnapshotsParams) -> dict[str, int]:
    """Return how many different models were judged on each set of test dates."""
    asked = {key: str(getattr(params, key)) for key in TASK}
    seen: dict[str, set[str]] = {}
    for run in _judged_runs(tracker):
        if all(run.data.params.get(f"snapshots.{key}", value) == value for key, value in asked.items()):
            seen.setdefault(run.data.tags["test_as_of"], set()).add(run.data.tags["model_version"])
    return {dates: len(models) for dates, models in sorted(seen.items())}


def _judged_runs(tracker: Tracker) -> list[Any]:
    found, token = [], None
    while True:
        page = tracker.client.search_runs(
            [tracker.experiment_id], "tags.test_as_of LIKE '%'", max_results=1000, page_token=token
        )
        found += list(page)
        token = page.token
        if not token:
            return found
