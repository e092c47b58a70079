"""Windows that reach back further than the data did on every date learnt from: counted over all time, or left out.

On such a date the last 182 days held all there was, the first purchase of everybody among it; on a later date they do not,
and the column would no longer mean what was learnt. So it keeps that meaning: everything so far. What compares two windows
or needs a window's length has no such meaning, and goes.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.measures import Measure
from pipeline.features.windows import Window

SO_FAR = Window(None, so_far=True)

QUOTED = re.compile(r"\{([a-z_]+)_\d+d\}")


def learnable(features: Iterable[Feature], longest_days: Mapping[str, int]) -> tuple[Feature, ...]:
    """Return the features that can be learnt.

    `longest_days` says of each kind of table how many days of it lie before the newest date learnt from. A window as long was
    seen whole at least once, and stays.
    """
    kept: dict[str, Feature] = {}
    for feature in features:
        able = so_far(feature) if is_unseen(feature, longest_days) else feature
        if able is not None:
            kept.setdefault(able.name, able)
    return tuple(kept.values())


def is_unseen(feature: Feature, longest_days: Mapping[str, int]) -> bool:
    """Say whether a feature looks back further than its table did on every date learnt from."""
    kind = feature.behaviour.measure.log.kind
    return kind in longest_days and reach_days(feature) > longest_days[kind]


def reach_days(feature: Feature) -> int:
    """Return how many days before the as-of day a feature looks back; 0 for all of them, whichever they are."""
    return (feature.window.reach_days or 0) * feature.behaviour.measure.lengths


def so_far(feature: Feature) -> Feature | None:
    """Return the same behaviour over all time; None where it already is, or would mean something else."""
    measure = feature.behaviour.measure
    if feature.window.days is None or (isinstance(measure, Measure) and not measure.of_any_span):
        return None
    return Feature(_quoting_the_same(feature.behaviour), SO_FAR)


def name_in(columns: Container[str], name: str) -> str | None:
    """Return the name of a column, or of the same behaviour over all time where that is there in its place.

    >>> name_in({"orders_so_far"}, "orders_182d"), name_in({"orders_182d"}, "orders_182d"), name_in({}, "orders_182d")
    ('orders_so_far', 'orders_182d', None)
    """
    names = (name, re.sub(r"_\d+d$", SO_FAR.suffix, name))
    return next((one for one in names if one in columns), None)


def said(features: Iterable[Feature], longest_days: Mapping[str, int]) -> list[str]:
    """Say, kind by kind, how many columns are counted over all time, and how many left out."""
    unseen = [one for one in features if is_unseen(one, longest_days)]
    kinds = dict.fromkeys(one.behaviour.measure.log.kind for one in unseen)
    return [
        _said(kind, longest_days[kind], [one for one in unseen if one.behaviour.measure.log.kind == kind])
        for kind in kinds
    ]


def _said(kind: str, days: int, unseen: Sequence[Feature]) -> str:
    left_out = sum(so_far(one) is None for one in unseen)
    return (
        f"no date to learn from has more than {days} days of {kind} before it: columns that look back further count everything "
        f"so far ({len(unseen) - left_out}) or are left out ({left_out})"
    )


def _quoting_the_same(behaviour: Behaviour) -> Behaviour:
    """Return a behaviour whose sentence quotes others over all time as well."""
    return replace(behaviour, says=QUOTED.sub(rf"{{\1{SO_FAR.suffix}}}", behaviour.says))
