"""The member that learns steps and interactions: gradient-boosted trees."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xgboost as xgb

from pipeline.model.inputs import Floats, Inputs
from pipeline.model.treeshap import tree_contributions


@dataclass(frozen=True, eq=False)
class TreeMember:
    """An XGBoost ensemble whose margin is `base` plus what each feature adds."""

    booster: xgb.Booster
    inputs: Inputs
    base: float

    @classmethod
    def of(cls, booster: xgb.Booster, inputs: Inputs) -> Self:
        """Return the member for a booster; its bias is the mean margin over the rows it was fitted on."""
        nobody = np.full((1, len(inputs.features)), np.nan)
        _, bias = tree_contributions(booster, tree_matrix(nobody, inputs))
        return cls(booster, inputs, bias)

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds."""
        if not len(matrix):
            return np.zeros(matrix.shape)
        return tree_contributions(self.booster, tree_matrix(matrix, self.inputs))[0]

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
