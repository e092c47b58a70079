"""From weeks since the first day to instants: people sleep at night, and clocks change twice a year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from pipeline.simulation.business import ZONE
from pipeline.simulation.people import Floats, Whole

Instants = npt.NDArray[np.datetime64]

_DAY_SECONDS = 86_400
_DAY_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 1.1, 1.3, 1.2)
"""Monday to Sunday: more happens towards the weekend."""
_HOURS = (6, 9, 13, 17, 21, 23.99)
_BY_HOUR = (0, 0.12, 0.35, 0.6, 0.92, 1)
"""By each of these hours, so much of the day's business is done; nothing happens between midnight and six."""
_BEFORE_DAYS, _AFTER_DAYS = 5 * 366, 5 * 366


class Clock:
    """Turns moments, in weeks from the first day, into UTC; later moments never become earlier instants."""

    def __init__(self, first_day: date, weeks: int) -> None:
        """Begin on the first day; moments may lie some years before it and after the last week."""
        self._first_day = np.datetime64(first_day)
        days = range(-_BEFORE_DAYS, 7 * weeks + _AFTER_DAYS)
        self._offsets = np.array([_offset_seconds(first_day + timedelta(days=day)) for day in days])
        self._week = np.concatenate([[0.0], np.cumsum(_DAY_WEIGHTS) / np.sum(_DAY_WEIGHTS)])

    def instants(self, moments: Floats) -> Instants:
        """Return naive UTC instants to the second; not-a-time for a moment that never comes."""
        comes = np.isfinite(moments)
        day, share = self._days(np.where(comes, moments, 0.0))
        hour = np.interp(share, _BY_HOUR, _HOURS)
        seconds = day * _DAY_SECONDS + (hour * 3600).astype(np.int64) - self._offsets[day + _BEFORE_DAYS]
        instants = self._first_day.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
        return np.where(comes, instants, np.datetime64("NaT"))

    def days(self, moments: Floats) -> Instants:
        """Return the local days of some moments."""
        return np.asarray(self._first_day + self._days(moments)[0].astype("timedelta64[D]"))

    def _days(self, moments: Floats) -> tuple[Whole, Floats]:
        """Return the local day, counted from the first, and how much of that day's business is done."""
        week = np.floor(moments)
        place = np.interp(moments - week, self._week, np.arange(8.0))
        day = np.minimum(np.floor(place), 6)
        return (7 * week + day).astype(np.int64), place - day


def _offset_seconds(day: date) -> int:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(ZoneInfo(ZONE))
    return int((noon.utcoffset() or timedelta()).total_seconds())
