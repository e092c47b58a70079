"""The as-of dates: which learn, which judge, which is scored. No answer reaches from one group into the next."""

from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.errors import ParamsError, TooLittleHistoryError
from pipeline.params import AsOf, SnapshotsParams

NO_DATE = date(2000, 1, 1)
"""The as-of date of a table without any dates, where none is declared: a day like any other."""


@dataclass(frozen=True)
class Calendar:
    """As-of dates by role, oldest first; a table of given answers has one to score alone, and parts customers instead."""

    train: tuple[date, ...]
    test: tuple[date, ...]
    score: date

    def roles(self) -> list[tuple[date, str]]:
        """Return every as-of date with its role, oldest first."""
        named = [*((day, "train") for day in self.train), *((day, "test") for day in self.test), (self.score, "score")]
        return sorted(named)


def plan_calendar(params: SnapshotsParams, score_as_of: AsOf, data_start: date, data_end: date) -> Calendar:
    """Choose the as-of dates that the data can answer.

    `data_start` is the first day with rows, `data_end` the first day that is not complete. Raises ParamsError for a date
    outside the data and TooLittleHistoryError where no date is left to learn from.

    >>> from pipeline.params import SnapshotsParams
    >>> monthly = SnapshotsParams(label="inactivity", decline_share=0.5, at_risk_days=60, gap_days=0, horizon_days=30,
    ...     history_days=60, step_days=30, newest_as_of="newest", test_dates=1, max_train_dates=9)
    >>> planned = plan_calendar(monthly, "newest", date(2024, 1, 1), date(2024, 7, 1))
    >>> [str(day) for day in planned.train], [str(day) for day in planned.test], str(planned.score)
    (['2024-03-03', '2024-04-02', '2024-05-02'], ['2024-06-01'], '2024-07-01')
    """
    earliest = data_start + timedelta(days=params.history_days)
    score = _score_date(score_as_of, earliest, data_end)
    # Scoring an earlier date must not use answers that were not in yet on that date.
    newest = _newest_answered(params, min(score, data_end))
    dates = _steps_back(newest, earliest, params.step_days)
    test = tuple(dates[-params.test_dates :])
    train = tuple(day for day in dates[: -params.test_dates] if answered_on(day, params) <= test[0])
    if not train:
        raise _too_short(params, data_start, newest)
    return Calendar(train[-params.max_train_dates :], test, score)


def without_time(score_as_of: AsOf, data_end: date | None) -> Calendar:
    """Return the calendar of a table of given answers: the day of its extract, by declaration or by its logs.

    >>> without_time("newest", None).score, without_time(date(2024, 6, 30), None).score
    (datetime.date(2000, 1, 1), datetime.date(2024, 6, 30))
    """
    return Calendar((), (), (data_end or NO_DATE) if score_as_of == "newest" else score_as_of)


def answered_on(as_of: date, params: SnapshotsParams) -> date:
    """Return the first day on which the answer to a snapshot is known: the end of its half-open label window."""
    return as_of + timedelta(days=params.gap_days + params.horizon_days)


def _newest_answered(params: SnapshotsParams, closes: date) -> date:
    """Return the last as-of date to be judged on; only days before `closes` hold answers."""
    possible = closes - timedelta(days=params.gap_days + params.horizon_days)
    if params.newest_as_of == "newest":
        return possible
    if params.newest_as_of > possible:
        raise ParamsError(
            f"snapshots.newest_as_of is {params.newest_as_of}, but its answer is known only on "
            f"{answered_on(params.newest_as_of, params)} (gap {params.gap_days} + horizon {params.horizon_days} days), and "
            f'answers can be used until {closes}. Choose {possible} or earlier, or write "newest".'
        )
    return params.newest_as_of


def _steps_back(newest: date, earliest: date, step_days: int) -> list[date]:
    count = (newest - earliest).days // step_days + 1
    return [newest - timedelta(days=step_days * back) for back in reversed(range(max(count, 1)))]


def _score_date(asked: AsOf, earliest: date, data_end: date) -> date:
    if asked == "newest":
        return data_end
    if not earliest <= asked <= data_end:
        raise ParamsError(
            f"score.as_of is {asked}, but the data can be scored from {earliest} (snapshots.history_days after its start) "
            f'to {data_end} (the first day that is not complete). Choose a date between, or write "newest".'
        )
    return asked


def _too_short(params: SnapshotsParams, data_start: date, newest: date) -> TooLittleHistoryError:
    closes = answered_on(newest, params)
    found = (closes - data_start).days
    answer = params.gap_days + params.horizon_days
    overlap = -(-answer // params.step_days) * params.step_days
    needed = params.history_days + overlap + (params.test_dates - 1) * params.step_days + answer
    wait = max(needed - found, 1)
    return TooLittleHistoryError(
        f"{found} days of data ({data_start} to {closes}) leave no as-of date to learn from: history {params.history_days} + "
        f"training {overlap} + {params.test_dates} test dates and their answers {needed - params.history_days - overlap} days "
        f"need {needed}. Wait {wait} days, choose later dates, or lower history_days, horizon_days or test_dates "
        "under `snapshots`.",
        {"days": wait},
    )
