"""A list of alike records as short JSON: every text once, every set of keys once. The page's script unpacks it.

In the packed form a text is a number in base 36, written as text, that points into `texts`; a record is a list that begins
with the place of its keys in `keys`; a list is a list that begins with −1; numbers, booleans and nothing stand as they are.
"""

from typing import Any

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def pack(value: Any) -> dict[str, Any]:
    """Return `texts`, `keys` and the packed `value`, from which `unpack` gives back an equal value.

    >>> pack([{"id": "ann", "why": "late"}, {"id": "bob", "why": "late"}])["value"]
    [-1, [0, '0', '1'], [0, '2', '1']]
    >>> unpack(pack({"a": ["x", 1.5, None, True, {"b": "x"}]}))
    {'a': ['x', 1.5, None, True, {'b': 'x'}]}
    """
    texts: dict[str, int] = {}
    keys: dict[tuple[str, ...], int] = {}

    def packed(one: Any) -> Any:
        if isinstance(one, str):
            return _base_36(texts.setdefault(one, len(texts)))
        if isinstance(one, dict):
            return [keys.setdefault(tuple(one), len(keys)), *(packed(part) for part in one.values())]
        return [-1, *(packed(part) for part in one)] if isinstance(one, list | tuple) else one

    found = packed(value)
    return {"texts": list(texts), "keys": [list(one) for one in keys], "value": found}


def unpack(packed: dict[str, Any]) -> Any:
    """Return the value that `pack` made short."""

    def unpacked(one: Any) -> Any:
        if isinstance(one, str):
            return packed["texts"][int(one, 36)]
        if not isinstance(one, list):
            return one
        parts = [unpacked(part) for part in one[1:]]
        return parts if one[0] < 0 else dict(zip(packed["keys"][one[0]], parts, strict=True))

    return unpacked(packed["value"])


def _base_36(number: int) -> str:
    digits = DIGITS[number % 36]
    while number := number // 36:
        digits = DIGITS[number % 36] + digits
    return digits
