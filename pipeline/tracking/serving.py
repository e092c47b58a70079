"""A registered model asked alone: which columns it wants, what it refuses by name, and how it words its reasons."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from math import isnan
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pipeline.errors import IntegrityError
from pipeline.features.catalogue import feature_named
from pipeline.model.churn_model import ChurnModel, log_odds_of, probability
from pipeline.monitoring.profile import Profile
from pipeline.params import ExplainParams
from pipeline.scoring.reasons import Phrases, explained_by, reasons_table, typical_values
from pipeline.scoring.wording import others_in

OFTEN = 0.01
"""A column that was missing in this share of the rows learnt from may be left out: the model knows what that means."""

SCORES = ("churn_probability", "log_odds", "base_log_odds")


@dataclass(frozen=True)
class Column:
    """One column of the frame: a number or a text, and whether it must be there."""

    is_text: bool
    required: bool


@dataclass(frozen=True)
class Serving:
    """What a model needs beside itself to be asked alone: its columns, and what is typical of customers."""

    columns: Mapping[str, Column]
    typical: Mapping[str, Any]
    currency: str
    explain: ExplainParams

    @classmethod
    def of(
        cls, model: ChurnModel, scored: pd.DataFrame, learnt: Profile | None, explain: ExplainParams, currency: str
    ) -> Self:
        """Return it for a model; `scored` are the features of today's customers, beside whom a reason compares.

        A column may be left out where the rows learnt from often lacked it, and where only a sentence quotes it.
        """
        texts = model.inputs.categories
        read = {name: Column(name in texts, not _often_missing(learnt, name)) for name in model.features}
        quoted = {other for name in model.features for other in others_in(feature_named(name))} - read.keys()
        said = {name: Column(feature_named(name).unit == "category", required=False) for name in sorted(quoted)}
        usual = typical_values(scored, [*model.features])
        typical = {name: None if isinstance(value, float) and isnan(value) else value for name, value in usual.items()}
        return cls({**read, **said}, typical, currency, explain)

    def document(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        columns = {name: asdict(column) for name, column in self.columns.items()}
        explain = self.explain.model_dump(mode="json")
        return {"columns": columns, "typical": dict(self.typical), "currency": self.currency, "explain": explain}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return what `document()` made."""
        columns = {name: Column(**column) for name, column in document["columns"].items()}
        return cls(columns, document["typical"], document["currency"], ExplainParams(**document["explain"]))

    def frame(self, given: Any) -> pd.DataFrame:
        """Return the columns of a frame, or of JSON records, as the model reads them; others are ignored.

        Raises IntegrityError, by name, for a required column that is not there and for one that holds something else than
        was learnt.
        """
        rows = given if isinstance(given, pd.DataFrame) else pd.DataFrame(given)
        self._refuse_missing(rows)
        absent = pd.Series(np.nan, index=rows.index)
        read = {
            name: (_text if column.is_text else _number)(rows[name] if name in rows else absent.rename(name))
            for name, column in self.columns.items()
        }
        return pd.DataFrame(read, index=rows.index)

    def _refuse_missing(self, rows: pd.DataFrame) -> None:
        missing = [name for name, column in self.columns.items() if column.required and name not in rows]
        twice = [name for name in self.columns if list(rows.columns).count(name) > 1]
        if missing:
            raise IntegrityError(
                f"The model cannot do without {', '.join(missing)}; add {_them(missing)} to the frame."
            )
        if twice:
            raise IntegrityError(f"{', '.join(twice)} stands in the frame more than once; keep one.")


def told(model: ChurnModel, serving: Serving, given: Any, *, explain: bool) -> pd.DataFrame:
    """Return `churn_probability`, `log_odds` and `base_log_odds` of every row, by the index of the frame.

    With `explain`, also the columns of reasons.parquet: contributions by family in log-odds, and the reasons.
    """
    frame = serving.frame(given)
    for name, count in model.unseen_categories(frame).items():
        warnings.warn(f"{count} rows hold a {name} that training never saw; it counts as missing.", stacklevel=2)
    added = model.contributions(frame)
    log_odds = log_odds_of(model.base_log_odds, added)
    values = (probability(log_odds), log_odds, model.base_log_odds)
    scores = pd.DataFrame(dict(zip(SCORES, values, strict=True)), index=frame.index)
    return scores.join(_reasons(model, serving, frame, added)) if explain else scores


def _reasons(model: ChurnModel, serving: Serving, frame: pd.DataFrame, added: np.ndarray) -> pd.DataFrame:
    nameless = frame.assign(customer_id="", as_of=None)
    explained = explained_by(model, nameless, added)
    said = reasons_table(explained, serving.explain, Phrases(serving.typical, serving.currency))
    told: pd.DataFrame = said.drop_columns(["customer_id", "as_of"]).to_pandas()
    return told.set_axis(frame.index)


def _often_missing(learnt: Profile | None, name: str) -> bool:
    if learnt is None or name not in learnt.columns:
        return False
    missing = learnt.columns[name][1][-1]
    return missing >= OFTEN * learnt.rows


def _number(values: pd.Series) -> np.ndarray:
    """Return numbers of any kind, missing ones as NaN; text is refused, also where it looks like a number."""
    known = values.dropna()
    if values.dtype == object and known.map(lambda value: isinstance(value, int | float | Decimal | np.number)).all():
        return np.asarray(pd.to_numeric(known).reindex(values.index), dtype=np.float64)
    if not (is_numeric_dtype(values) or is_bool_dtype(values)) or values.dtype.kind == "c":
        raise IntegrityError(f"The model reads {values.name} as a number, but the frame holds {_kind(values)} there.")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _text(values: pd.Series) -> np.ndarray:
    """Return texts, missing ones as None; a number is refused, because no level that was learnt is one."""
    known = values.dropna()
    if not known.map(lambda value: isinstance(value, str)).all():
        raise IntegrityError(f"The model reads {values.name} as text, but the frame holds {_kind(known)} there.")
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)


def _kind(values: pd.Series) -> str:
    return "text" if pd.api.types.is_string_dtype(values.dropna()) else str(values.dtype)


def _them(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
