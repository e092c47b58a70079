"""What a label needs of the tables, and the sentence where it is not there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from pipeline.errors import ParamsError
from pipeline.params import SnapshotsParams


@dataclass(frozen=True)
class Need:
    """Any one of these, each a kind and a column of its checked table, and how a user would give it."""

    any_of: tuple[tuple[str, str], ...]
    words: str


NEEDS: Mapping[str, Need] = {
    "inactivity": Need((("purchases", "event_day"), ("usage", "event_day")), "a table of kind purchases or usage"),
    "decline": Need((("purchases", "event_day"),), "a table of kind purchases"),
    "cancellation": Need((("subscriptions", "ended_day"),), "a table of kind subscriptions with `ended_at`"),
    "given": Need((("customers", "churned"),), "a table of kind customers with `churned`"),
}


def labels_of(tables: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the labels that checked tables, given by kind and columns, can tell.

    >>> labels_of({"usage": ("event_day",), "customers": ("churned",)})
    ('inactivity', 'given')
    """
    return tuple(
        label for label, need in NEEDS.items() if any(column in tables.get(kind, ()) for kind, column in need.any_of)
    )


def refuse_missing(label: str, tables: Mapping[str, Collection[str]]) -> None:
    """Raise ParamsError where the label cannot be told from the tables."""
    possible = labels_of(tables)
    if label not in possible:
        instead = f", or set snapshots.label to {' or '.join(possible)}, which your tables can tell" if possible else ""
        raise ParamsError(
            f"snapshots.label is {label}, which needs {NEEDS[label].words}; the source maps {', '.join(tables)}. Map one as "
            f"docs/data-contract.md says{instead}."
        )


_NOBODY = {
    "inactivity": "no customer did anything in the {at_risk_days} days before it (snapshots.at_risk_days)",
    "decline": "no customer bought in the {at_risk_days} days before it (snapshots.at_risk_days)",
    "cancellation": "nobody had a subscription then",
    "given": "the table says of everybody that he has churned",
}


def nobody(params: SnapshotsParams, as_of: date, chosen_by: str = "score.as_of") -> str:
    """Return why nobody can be scored on a date, and what to do."""
    why = _NOBODY[params.label].format(at_risk_days=params.at_risk_days)
    return f"Nobody is at risk on {as_of}: {why}. Choose another date ({chosen_by}), or look at the tables."
