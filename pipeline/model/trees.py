"""The member that learns steps and interactions: gradient-boosted trees."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xgboost as xgb

from pipeline.model.inputs import Floats, Inputs
from pipeline.model.tree_tables import Floats32, Plan, plan
from pipeline.model.treeshap import contributions, fill, oracle


@dataclass(frozen=True, eq=False)
class TreeMember:
    """An XGBoost ensemble whose margin is `base` plus what each feature adds."""

    booster: xgb.Booster
    inputs: Inputs
    base: float
    plan: Plan | None
    tables: Floats32

    @classmethod
    def of(cls, booster: xgb.Booster, inputs: Inputs) -> Self:
        """Return the member for a booster; its bias is the mean margin over the rows it was fitted on."""
        laid_out = plan(booster)
        if laid_out is None:
            nobody = np.full((1, len(inputs.features)), np.nan)
            return cls(booster, inputs, oracle(booster, tree_matrix(nobody, inputs))[1], None, np.empty(0, np.float32))
        return cls(booster, inputs, laid_out.bias, laid_out, fill(laid_out))

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds."""
        if not len(matrix):
            return np.zeros(matrix.shape)
        if self.plan is None:
            return oracle(self.booster, tree_matrix(matrix, self.inputs))[0]
        return contributions(self.plan, self.tables, matrix.astype(np.float32, order="F")).astype(np.float64, order="F")

    def distance(self, matrix: Floats) -> float:
        """Return how far contributions and bias lie from XGBoost's own at most, in log-odds."""
        if not len(matrix) or self.plan is None:
            return 0.0
        expected, bias = oracle(self.booster, tree_matrix(matrix, self.inputs))
        return max(float(np.abs(self.contributions(matrix) - expected).max()), abs(self.base - bias))

    def document(self) -> dict[str, Any]:
        """Return the member as JSON-able values."""
        return {"kind": "trees", "booster": json.loads(bytes(self.booster.save_raw("json")))}

    @classmethod
    def from_document(cls, document: Mapping[str, Any], inputs: Inputs) -> Self:
        """Return the member that `document` made, equal to the last bit."""
        booster = xgb.Booster()
        booster.load_model(bytearray(json.dumps(document["booster"]).encode("ascii")))
        return cls.of(booster, inputs)


def tree_matrix(matrix: Floats, inputs: Inputs, churned: Floats | None = None) -> xgb.DMatrix:
    """Return the numbers as XGBoost reads them: float32, category columns marked, NaN missing."""
    kinds = ["c" if name in inputs.categories else "q" for name in inputs.features]
    return xgb.DMatrix(
        matrix.astype(np.float32), label=churned, feature_names=list(inputs.features), feature_types=kinds, nthread=1
    )
