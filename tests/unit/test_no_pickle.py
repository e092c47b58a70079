"""Nothing that is loaded can run code: no module of the package knows a pickle, whatever it is called."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
PICKLES = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "skops"}
LOADERS = {"load_model": "mlflow", "read_pickle": "pandas", "to_pickle": "pandas", "allow_pickle": "numpy"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_or_asks_for_a_pickle(module):
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    imported = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    asked = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & LOADERS.keys()
    asked |= {node.arg for node in nodes if isinstance(node, ast.keyword)} & LOADERS.keys()
    if module.name == "trees.py":  # XGBoost's own reader, given JSON whose hash was verified
        asked -= {"load_model"}
    assert imported & PICKLES == set()
    assert asked == set()
