"""The peers, fixed beforehand, each as a data scientist would reach for it first: log-odds of the judged rows."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.quality_tasks import Question
from pipeline.model.inputs import Inputs, learn_inputs
from pipeline.params import TrainParams
from pipeline.training.baselines import bg_nbd_log_odds
from pipeline.training.fit import train

Floats = npt.NDArray[np.float64]
Peer = Callable[[Question, pd.DataFrame, pd.DataFrame], Floats | None]

SEED = 20170101
SURE = 1e-6


def ours(params: TrainParams) -> Peer:
    """Return this pipeline with the settings of params.yaml."""

    def told(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
        answers = known["churned"].to_numpy(bool)
        model, _ = train(known, answers, known["customer_id"], question.features, params, question.task)
        return model.log_odds(judged)

    return told


def _matrices(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> tuple[Floats, Floats, Floats, Inputs]:
    inputs = learn_inputs(known, [feature.name for feature in question.features])
    return inputs.matrix(known), known["churned"].to_numpy(np.float64), inputs.matrix(judged), inputs


def _log_odds(chance: Floats) -> Floats:
    bounded = np.clip(np.asarray(chance, dtype=np.float64), SURE, 1 - SURE)
    return np.log(bounded / (1 - bounded))


def xgboost_defaults(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """XGBoost as it comes: 100 trees of depth 6, learning rate 0.3."""
    from xgboost import XGBClassifier  # noqa: PLC0415

    x, y, new, inputs = _matrices(question, known, judged)
    kinds = ["c" if name in inputs.categories else "q" for name in inputs.features]
    model = XGBClassifier(random_state=SEED, enable_categorical=True, feature_types=kinds, n_jobs=2)
    return _log_odds(model.fit(x, y).predict_proba(new)[:, 1])


def lightgbm_defaults(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """LightGBM as it comes."""
    from lightgbm import LGBMClassifier  # noqa: PLC0415

    x, y, new, inputs = _matrices(question, known, judged)
    places = [place for place, name in enumerate(inputs.features) if name in inputs.categories]
    model = LGBMClassifier(random_state=SEED, verbose=-1, n_jobs=2, deterministic=True, force_row_wise=True)
    model.fit(x, y, categorical_feature=places or "auto")
    return _log_odds(np.asarray(model.predict_proba(new))[:, 1])


def catboost_defaults(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """CatBoost as it comes: 1,000 trees, the learning rate it chooses itself."""
    from catboost import CatBoostClassifier  # noqa: PLC0415

    x, y, new, inputs = _matrices(question, known, judged)
    frames = [pd.DataFrame(each, columns=list(inputs.features)) for each in (x, new)]
    for frame in frames:
        for name in inputs.categories:
            frame[name] = frame[name].fillna(-1).astype(int).astype(str)
    model = CatBoostClassifier(random_seed=SEED, verbose=False, thread_count=2, allow_writing_files=False)
    model.fit(frames[0], y, cat_features=list(inputs.categories))
    return _log_odds(model.predict_proba(frames[1])[:, 1])


def histogram_boosting(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """scikit-learn's HistGradientBoostingClassifier as it comes."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    x, y, new, inputs = _matrices(question, known, judged)
    some = np.asarray(~np.isnan(x).all(axis=0))  # it cannot cut a column without any known value into bins
    x, new = x[:, some], new[:, some]
    names = [name for name, is_some in zip(inputs.features, some, strict=True) if is_some]
    places = [place for place, name in enumerate(names) if name in inputs.categories]
    model = HistGradientBoostingClassifier(random_state=SEED, categorical_features=places or None)
    return _log_odds(model.fit(x, y).predict_proba(new)[:, 1])


def logistic_regression(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats:
    """scikit-learn's logistic regression: medians for missing numbers with a flag, standardised, one column a level."""
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415

    x, y, new, inputs = _matrices(question, known, judged)
    named = [place for place, name in enumerate(inputs.features) if name in inputs.categories]
    counted = [place for place in range(x.shape[1]) if place not in named]
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    columns = ColumnTransformer([("n", numbers, counted), ("c", OneHotEncoder(handle_unknown="ignore"), named)])
    model = make_pipeline(columns, LogisticRegression(max_iter=2_000))
    return _log_odds(model.fit(x, y).predict_proba(new)[:, 1])


def bg_nbd(question: Question, known: pd.DataFrame, judged: pd.DataFrame) -> Floats | None:
    """BG/NBD on the purchase history; it answers one question, whether there will be a purchase."""
    if question.task["label"] != "inactivity":
        return None
    return bg_nbd_log_odds(known, judged, question.task)


PEERS: Mapping[str, Peer] = {
    "XGBoost": xgboost_defaults,
    "LightGBM": lightgbm_defaults,
    "CatBoost": catboost_defaults,
    "HistGradientBoosting": histogram_boosting,
    "logistic regression": logistic_regression,
    "BG/NBD": bg_nbd,
}
