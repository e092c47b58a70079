"""One sentence for many customers at once: a value is put into words once, and the words are joined column by column."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.features.catalogue import feature_named
from pipeline.scoring.wording import OPTION, OTHER, Saying, chosen, said, upper_first

SLOT = re.compile(r"\{([a-z][a-z0-9_]*)?\}")
NOT_KNOWN = "not known"
CHOSEN = (0.0, 1.0, 2.0)
"""A number that stands for none, for one and for many."""

Rows = npt.NDArray[np.int64]
Columns = Mapping[str, pd.Series]


def sentences(saying: Saying, columns: Columns) -> pa.Array:
    """Return what `saying.of_customer` says, of each row of `columns`: the customer's own value and those it quotes."""
    own = columns[saying.name]
    silent = own.isna().to_numpy()
    missing = np.flatnonzero(silent)
    nothing = saying.of_customer({saying.name: None}) if len(missing) else ""
    told = [(missing, pa.array([nothing] * len(missing), pa.string()))]
    numbers, options = _numbers(own), _options(saying, columns)
    kinds = np.where(silent, -1, len(CHOSEN) * options + numbers)
    for kind in np.unique(kinds[~silent]).tolist():
        rows, text = np.flatnonzero(kinds == kind), _text(saying, *divmod(kind, len(CHOSEN)))
        told.append((rows, _filled(saying, text, {name: column.iloc[rows] for name, column in columns.items()})))
    return in_order(told, len(own))


def in_order(told: Sequence[tuple[Rows, pa.Array]], size: int) -> pa.Array:
    """Return texts, each given with the rows it is of, in the order of rows; null for a row that none is of."""
    place = np.full(size, -1, np.int64)
    place[np.concatenate([rows for rows, _ in told])] = np.arange(sum(len(rows) for rows, _ in told))
    texts = pa.concat_arrays([text for _, text in told])
    return texts.take(pa.array(place, mask=place < 0))


def _numbers(values: pd.Series) -> Rows:
    """Return for each value 0, 1 or 2: whether a choice of words is for none, for one or for many."""
    if not pd.api.types.is_numeric_dtype(values):
        return np.full(len(values), 2)
    rounded = values.to_numpy(np.float64, na_value=np.nan).round()
    return np.select([rounded == 0, rounded == 1], [0, 1], 2)


def _options(saying: Saying, columns: Columns) -> Rows:
    """Return for each row a number whose bits say which optional parts are said: those whose quoted values are all known."""
    said = np.zeros(len(columns[saying.name]), np.int64)
    for place, part in enumerate(OPTION.findall(saying.text)):
        known = [columns[name].notna().to_numpy() for name in OTHER.findall(part) if name in columns]
        said |= np.where(np.all(known, axis=0), 1 << place, 0)
    return said


def _text(saying: Saying, options: int, number: int) -> str:
    """Return the text for rows that say the same optional parts and take the same choice of words."""
    places = count()
    text = OPTION.sub(lambda match: match[1] if options >> next(places) & 1 else "", saying.text)
    return chosen(text, CHOSEN[number])


def _filled(saying: Saying, text: str, columns: Columns) -> pa.Array:
    """Return a text with its slots filled: `{}` by the own value, `{typical}` by what is usual, `{other}` by another one."""
    pieces: list[pa.Array | str] = []
    end = 0
    for slot in SLOT.finditer(text):
        pieces += [text[end : slot.start()], _slot(saying, slot[1], columns)]
        end = slot.end()
    pieces.append(text[end:] + ("" if ";" in text else saying.typical) + ".")
    first = next(place for place, piece in enumerate(pieces) if len(piece))
    pieces[first] = _begun(pieces[first])
    # The first array tells how many rows there are; a text alone would be one.
    rows = pa.array([""] * len(columns[saying.name]), pa.string())
    return pc.binary_join_element_wise(rows, *pieces, "")


def _slot(saying: Saying, name: str | None, columns: Columns) -> pa.Array | str:
    if name == "typical":
        return saying.usual
    unit = saying.feature.unit if name is None else feature_named(name).unit
    return _words(columns[name or saying.name], lambda value: said(value, unit, saying.currency))


def _words(values: pd.Series, say: Callable[[Any], str]) -> pa.Array:
    codes, different = pd.factorize(values)
    texts = [*map(say, different.tolist()), NOT_KNOWN]
    return pa.array(texts, pa.string()).take(pa.array(np.where(codes < 0, len(texts) - 1, codes)))


def _begun(words: pa.Array | str) -> pa.Array | str:
    """Begin in upper case, as a sentence does."""
    if isinstance(words, str):
        return upper_first(words)
    rest = pc.utf8_slice_codeunits(words, 1)
    return pc.binary_join_element_wise(pc.utf8_upper(pc.utf8_slice_codeunits(words, 0, 1)), rest, "")
