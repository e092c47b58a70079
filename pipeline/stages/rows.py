"""Snapshots with their features, as the frames that model code works on."""

import pandas as pd
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.errors import IntegrityError
from pipeline.stages import products


def snapshot_rows(role: str) -> pd.DataFrame:
    """Return the snapshots of one role: `customer_id, as_of, churned` and every feature, in the order of the file.

    To learn and to judge, only snapshots with an answer count: who left inside the gap or was made to leave has none.
    """
    snapshots = artifacts.read_table(products.SNAPSHOTS)
    features = artifacts.read_table(products.FEATURES)
    if not snapshots.select(["customer_id", "as_of"]).equals(features.select(["customer_id", "as_of"])):
        raise IntegrityError(f"{products.FEATURES} does not hold the rows of {products.SNAPSHOTS}; run `dvc repro`.")
    chosen = pc.equal(snapshots["role"], role)
    if role != "score":
        chosen = pc.and_(chosen, pc.is_valid(snapshots["churned"]))
    rows = features.append_column("churned", snapshots["churned"]).filter(chosen)
    frame: pd.DataFrame = rows.to_pandas(date_as_object=True)
    return frame


def feature_names(rows: pd.DataFrame) -> list[str]:
    """Return the names of the feature columns of such a frame."""
    return [name for name in rows.columns if name not in {"customer_id", "as_of", "churned"}]
