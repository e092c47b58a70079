"""Calendar months of the business zone, as far as the data hold them whole."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Month:
    """A whole month, half-open: [opens, closes).

    >>> december = Month.of(date(2017, 12, 24))
    >>> december.key, december.opens.isoformat(), december.closes.isoformat(), december.next.key
    ('2017-12', '2017-12-01', '2018-01-01', '2018-01')
    """

    opens: date

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.replace(day=1))

    @property
    def closes(self) -> date:
        """Return the first day after the month."""
        return (self.opens + timedelta(days=31)).replace(day=1)

    @property
    def next(self) -> "Month":
        """Return the month after."""
        return Month(self.closes)

    @property
    def key(self) -> str:
        """Return `YYYY-MM`."""
        return self.opens.isoformat()[:7]


def whole_months(opens: date, closes: date) -> tuple[Month, ...]:
    """Return the months that lie wholly in [opens, closes).

    >>> [month.key for month in whole_months(date(2017, 1, 2), date(2017, 4, 1))]
    ['2017-02', '2017-03']
    """
    month = Month.of(opens)
    months = []
    while month.closes <= closes:
        if month.opens >= opens:
            months.append(month)
        month = month.next
    return tuple(months)
