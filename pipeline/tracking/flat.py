"""Nested settings and figures as the flat names and values that MLflow keeps."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NOT_IN_A_NAME = re.compile(r"[^\w./:\- ]")
_PASSWORD = re.compile(r"(?<=://)[^@/\s]+(?=@)")

CURVES = {"reliability"}


def flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as dotted names; what stands before the @ of an address is kept out.

    >>> flattened({"train": {"folds": 5, "xgboost": {"max_depth": 3}}})
    {'train.folds': '5', 'train.xgboost.max_depth': '3'}
    >>> flattened({"url": "postgresql://ann:secret@db/sales"})
    {'url': 'postgresql://…@db/sales'}
    """
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat.update(flattened(value, f"{prefix}{key}."))
        else:
            flat[safe_name(f"{prefix}{key}")] = _PASSWORD.sub("…", str(value))
    return flat


def numbers_in(facts: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers among nested facts by their path, an estimate's value under the estimate's own name.

    The items of a list are told apart by their first value, such as a name or a date. Curves are drawn, not compared: they are
    left out.

    >>> numbers_in({"test": {"auc": {"value": 0.9, "low": 0.8}}, "lift": [{"top_share": 0.1, "value": 3.5}]})
    {'test/auc': 0.9, 'test/auc/low': 0.8, 'lift/0.1': 3.5}
    """
    return {safe_name("/".join(path)): number for path, number in _walk(facts, ())}


def safe_name(name: str) -> str:
    """Return a name without the signs that MLflow refuses.

    >>> safe_name("by_tenure/Months 2 (and 3)/auc")
    'by_tenure/Months 2 _and 3_/auc'
    """
    return _NOT_IN_A_NAME.sub("_", name)[:250]


def _walk(fact: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(fact, Mapping):
        for key, inner in fact.items():
            if key in CURVES or str(key).endswith("_curve"):
                continue
            yield from _walk(inner, path if key == "value" else (*path, str(key)))
    elif isinstance(fact, list):
        for item in fact:
            if isinstance(item, Mapping) and item:
                key, *others = item
                yield from _walk({name: item[name] for name in others}, (*path, str(item[key])))
    elif isinstance(fact, int | float) and not isinstance(fact, bool):
        yield path, float(fact)
