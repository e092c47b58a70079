"""The registry holds each model once, hands out only the files it was given, and answers plain frames by name."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grimp
import numpy as np
import pandas as pd
import pytest
from churn_rows import later_rows, trained

from pipeline.errors import IntegrityError
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.profile import Profile
from pipeline.params import ExplainParams
from pipeline.scoring.reasons import explain, reasons
from pipeline.tracking import registry, store
from pipeline.tracking.packing import requirements
from pipeline.tracking.serving import Serving, told

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")

EXPLAIN = ExplainParams(reasons=3, min_points=1)
ROWS = later_rows()
MODEL = trained()
SERVING = Serving.of(MODEL, ROWS, Profile.of(ROWS, MODEL.features), EXPLAIN, "EUR")
NUMBERS = [name for name in MODEL.features if name != "main_category_91d"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a project in whose registry the model leads."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_ROOT", str(root))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        MODEL.save(root / "churn")
        assert registry.aliased("champion") is None
        registry.register(root / "churn", MODEL.version, None, SERVING)
        registry.move_alias("champion", MODEL.version)
        yield root


def test_a_model_is_registered_once_and_can_be_fetched_by_its_alias(project: Path, tmp_path: Path):
    assert registry.register(project / "churn", MODEL.version, None, SERVING) == "1"
    assert registry.aliased("champion") == MODEL.version
    assert registry.aliased("challenger") is None
    fetched = ChurnModel.load(registry.fetch("champion", tmp_path / "fetched"))
    assert fetched.version == MODEL.version


def test_nothing_registered_is_pickled(project: Path):
    kept = [path for path in (project / "mlartifacts").rglob("*") if path.is_file()]
    assert [path for path in kept if path.read_bytes()[:1] == b"\x80" or path.suffix in {".pkl", ".nbc", ".pyc"}] == []


def registered_file(project: Path, name: str) -> Path:
    [found] = (project / "mlartifacts").rglob(f"artifacts/churn/{name}")
    return found


@pytest.mark.parametrize("name", ["model.json", "manifest.json"])
def test_a_registered_file_that_was_changed_is_refused_before_anything_reads_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    file = registered_file(project, name)
    before = file.read_bytes()
    monkeypatch.setattr(ChurnModel, "from_document", None)
    try:
        file.write_bytes(before.replace(b"a", b"b", 1))
        with pytest.raises(IntegrityError):
            ChurnModel.load(registry.fetch("champion", tmp_path / "fetched"))
    finally:
        file.write_bytes(before)


def test_another_model_in_the_place_of_the_registered_one_is_refused(project: Path, tmp_path: Path):
    """It is whole, and its own manifest agrees with it; only the registry knows that it is not the one it was given."""
    folder = registered_file(project, "manifest.json").parent
    other = ChurnModel(MODEL.inputs, MODEL.families, MODEL.members[:1], MODEL.platt, MODEL.task)
    try:
        other.save(folder)
        with pytest.raises(IntegrityError, match="are not those that were registered"):
            registry.fetch("champion", tmp_path / "fetched")
    finally:
        MODEL.save(folder)


def test_words_about_a_model_are_kept_with_its_version(project: Path):  # noqa: ARG001
    registry.remember(MODEL.version, {"decision": "Promoted.", "promoted": "true"})
    assert registry.remembered(MODEL.version)["decision"] == "Promoted."


def test_an_alias_can_be_dropped_also_where_there_is_none(project: Path):  # noqa: ARG001
    registry.move_alias("challenger", MODEL.version)
    registry.drop_alias("challenger")
    registry.drop_alias("challenger")
    assert registry.aliased("challenger") is None


def test_an_alias_cannot_move_to_a_model_that_was_never_registered(project: Path):  # noqa: ARG001
    with pytest.raises(IntegrityError, match="aaaaaaaaaaaa is not in the registry"):
        registry.move_alias("champion", "a" * 12)


def test_an_alias_that_points_at_nothing_cannot_be_fetched(project: Path, tmp_path: Path):  # noqa: ARG001
    with pytest.raises(IntegrityError, match="No registered model is called challenger yet"):
        registry.fetch("challenger", tmp_path)


def test_a_registry_that_cannot_answer_is_not_taken_for_an_empty_one(project: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    """Else any model would lead as the first champion whenever the server is away."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    def away(*_: Any) -> None:
        raise MlflowException("gone away", error_code=1)

    tracker = store.open_tracker()
    monkeypatch.setattr(type(tracker.client), "get_model_version_by_alias", away)
    with pytest.raises(registry.StorageError, match="gone away"):
        registry.aliased("champion")


@pytest.fixture(scope="module")
def champion(project: Path) -> Iterator[Any]:
    """Return `models:/churn@champion` as MLflow itself loads it."""
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    pyfunc.mlflow.set_tracking_uri(f"sqlite:///{project / 'mlflow.db'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        yield pyfunc.load_model("models:/churn@champion")
    pyfunc.mlflow.set_tracking_uri(None)


def test_mlflow_itself_loads_the_champion_and_scores_to_the_last_bit(champion: Any):
    assert champion.predict(ROWS)["churn_probability"].tolist() == MODEL.probabilities(ROWS).tolist()


def test_with_explain_it_gives_the_reasons_to_the_last_bit_in_the_order_and_index_of_the_frame(champion: Any):
    expected = reasons(explain(MODEL, ROWS.assign(as_of=None)), EXPLAIN, "EUR").drop(columns=["customer_id", "as_of"])
    turned = ROWS.iloc[::-1]
    said = champion.predict(turned, params={"explain": True})
    assert said.index.equals(turned.index)
    pd.testing.assert_frame_equal(said[expected.columns].sort_index(), expected, check_exact=True)
    added = said.filter(like="contribution_").sum(axis=1)
    assert (said["base_log_odds"] + added - said["log_odds"]).abs().max() < 1e-12


def test_the_signature_says_which_columns_are_text_and_which_may_be_left_out(champion: Any):
    """One value in five of these two was missing in the rows learnt from."""
    inputs = {column.name: (column.type.name, column.required) for column in champion.metadata.signature.inputs}
    assert {name for name, (kind, _) in inputs.items() if kind == "string"} == {"main_category_91d"}
    assert {kind for kind, _ in inputs.values()} == {"string", "double"}
    optional = {name for name, (_, required) in inputs.items() if not required}
    assert optional & set(MODEL.features) == {"order_value_28d", "main_category_91d"}
    assert champion.metadata.signature.params.params[0].name == "explain"


def test_a_column_that_was_seldom_missing_may_not_be_left_out():
    full = ROWS.assign(order_value_28d=ROWS["order_value_28d"].fillna(0).where(ROWS.index > 0))
    strict = Serving.of(MODEL, ROWS, Profile.of(full, MODEL.features), EXPLAIN, "EUR")
    assert strict.columns["order_value_28d"].required
    assert Serving.of(MODEL, ROWS, None, EXPLAIN, "EUR").columns["main_category_91d"].required


def with_none(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as JSON gives it: Python's own values, None where one is missing."""
    return rows.astype(object).where(rows.notna(), None)


ACCEPTED = {
    "whole numbers": lambda rows: rows.astype(dict.fromkeys(["orders_182d", "spend_182d"], "int64")),
    "small whole numbers": lambda rows: rows.astype({"orders_182d": "int8"}),
    "nullable whole numbers": lambda rows: rows.astype(dict.fromkeys(["orders_182d", "spend_182d"], "Int64")),
    "floats": lambda rows: rows.astype(dict.fromkeys(["orders_182d", "spend_182d"], "float64")),
    "decimals": lambda rows: rows.assign(spend_182d=[Decimal(int(each)) for each in rows["spend_182d"]]),
    "columns of objects": with_none,
    "reordered columns": lambda rows: rows[rows.columns[::-1]],
    "more columns": lambda rows: rows.assign(e_mail="somebody", churned_at=pd.Timestamp("2024-01-01")),
    "texts as categories": lambda rows: rows.astype({"main_category_91d": "category"}),
    "texts as pandas strings": lambda rows: rows.astype({"main_category_91d": "string"}),
    "JSON records": lambda rows: with_none(rows[list(MODEL.features)]).to_dict("records"),
}  # fmt: skip


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED)
def test_a_plain_frame_is_read_as_what_it_means(champion: Any, change: Any):
    assert champion.predict(change(ROWS))["log_odds"].tolist() == MODEL.log_odds(ROWS).tolist()


@pytest.mark.parametrize(
    ("change", "as_if"),
    [
        (lambda rows: rows.drop(columns="order_value_28d"), {"order_value_28d": np.nan}),
        (lambda rows: rows.drop(columns="main_category_91d"), {"main_category_91d": None}),
        (lambda rows: rows.assign(order_value_28d=None), {"order_value_28d": np.nan}),
        (lambda rows: rows.assign(main_category_91d=None), {"main_category_91d": None}),
    ],
    ids=["no number", "no text", "nothing but nulls", "no text but nulls"],
)
def test_a_column_left_out_is_no_record_of_anybody(champion: Any, change: Any, as_if: dict[str, Any]):
    said = champion.predict(change(ROWS), params={"explain": True})
    assert said["log_odds"].tolist() == MODEL.log_odds(ROWS.assign(**as_if)).tolist()


def test_a_level_that_was_never_learnt_counts_as_missing_and_is_said(champion: Any):
    unseen = ROWS.assign(main_category_91d="caviar")
    with pytest.warns(UserWarning, match="600 rows hold a main_category_91d that training never saw"):
        said = champion.predict(unseen)
    assert said["log_odds"].tolist() == MODEL.log_odds(ROWS.assign(main_category_91d=None)).tolist()


def test_a_frame_without_rows_has_an_answer_without_rows(champion: Any):
    said = champion.predict(ROWS.head(0), params={"explain": True})
    assert len(said) == 0
    assert {"churn_probability", "reason_1"} <= set(said.columns)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: rows.drop(columns="orders_182d"), "cannot do without orders_182d; add it"),
        (lambda rows: rows.drop(columns=["orders_182d", "spend_182d"]), "cannot do without orders_182d, spend_182d; add them"),
        (lambda rows: rows.assign(spend_182d="12.50"), "spend_182d as a number, but the frame holds text"),
        (lambda rows: rows.assign(spend_182d=["?"] + [1.0] * 599), "spend_182d as a number, but the frame holds"),
        (lambda rows: rows.assign(spend_182d=pd.Timestamp("2024-01-01")), "spend_182d as a number, but the frame holds datetime64"),
        (lambda rows: rows.assign(spend_182d=1j), "spend_182d as a number, but the frame holds complex"),
        (lambda rows: rows.assign(spend_182d=np.inf), "spend_182d holds an infinity"),
        (lambda rows: rows.assign(order_value_28d=-np.inf), "order_value_28d holds an infinity"),
        (lambda rows: rows.assign(spend_182d=1e300), "spend_182d holds an infinity or a number beyond"),
        (lambda rows: rows.assign(main_category_91d=7), "main_category_91d as text, but the frame holds int64"),
        (lambda rows: pd.concat([rows, rows[["orders_182d"]]], axis=1), "orders_182d stands in the frame more than once"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name_and_without_a_value(champion: Any, change: Any, sentence: str):
    with pytest.raises(IntegrityError, match=sentence) as refused:
        champion.predict(change(ROWS))
    assert "c0001" not in str(refused.value)


def test_a_serving_survives_its_document():
    again = Serving.from_document(SERVING.document())
    assert again == SERVING
    pd.testing.assert_frame_equal(
        told(MODEL, again, ROWS, explain=True), told(MODEL, SERVING, ROWS, explain=True), check_exact=True
    )


def test_the_environment_asked_for_is_the_wheels_and_mlflow():
    names = {line.split("==")[0] for line in requirements()}
    assert {"numpy", "xgboost-cpu", "numba", "pandas", "mlflow"} <= names
    assert not {"dvc", "optuna", "pyspark", "shap", "scikit-learn"} & names


def test_the_served_file_is_run_by_mlflow_alone():
    graph = grimp.build_graph("pipeline")
    assert graph.find_modules_that_directly_import("pipeline.tracking.served") == set()
