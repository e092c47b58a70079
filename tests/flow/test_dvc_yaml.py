"""dvc.yaml tells the truth: what a stage imports and which settings it reads are what it declares."""

import ast
import importlib.util
from pathlib import Path

import grimp
import pytest
import yaml

from pipeline.cli import STAGES
from pipeline.params import Params

ROOT = Path(__file__).parents[2]
FLOW = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
GRAPH = grimp.build_graph("pipeline")


def file_of(module: str) -> Path:
    """Return a module's file, relative to the root."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).relative_to(ROOT)


def code_deps(stage: str) -> list[Path]:
    """Return the stage's declared deps that are code."""
    return [Path(dep) for dep in FLOW[stage]["deps"] if dep.startswith("pipeline/")]


def imported(stage: str) -> set[Path]:
    """Return the files of all modules that a stage imports, itself included; empty packages have nothing to change."""
    name = f"pipeline.stages.{stage}"
    files = {file_of(module) for module in {name, *GRAPH.find_upstream_modules(name)}}
    return {file for file in files if file.name != "__init__.py" or imports_anything(file)}


def imports_anything(file: Path) -> bool:
    """Return whether a file holds more than its docstring."""
    return len(ast.parse((ROOT / file).read_text()).body) > 1


def settings_read(stage: str) -> set[str]:
    """Return the sections of params.yaml that a stage's module reads, or the one setting where it declares no more."""
    tree = ast.parse((ROOT / f"pipeline/stages/{stage}.py").read_text())
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    whole = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node not in inner)
    paths = (path.removeprefix("params.") for node in whole if (path := ast.unparse(node)).startswith("params."))
    declared = FLOW[stage].get("params", [])
    read = {path if path in declared else path.split(".")[0] for path in paths}
    return {path for path in read if path.split(".")[0] in Params.model_fields}


def test_every_stage_is_a_command_and_a_module():
    assert list(FLOW) == list(STAGES)
    assert all((ROOT / f"pipeline/stages/{stage}.py").exists() for stage in FLOW)


@pytest.mark.parametrize("stage", FLOW)
def test_deps_cover_every_module_a_stage_imports(stage):
    deps = code_deps(stage)
    bare = sorted(str(file) for file in imported(stage) if not any(file.is_relative_to(dep) for dep in deps))
    assert bare == []


@pytest.mark.parametrize("stage", FLOW)
def test_no_dep_is_named_twice(stage):
    deps = FLOW[stage]["deps"]
    assert sorted(deps) == sorted(set(deps))


@pytest.mark.parametrize("stage", FLOW)
def test_no_dep_names_code_that_the_stage_does_not_import(stage):
    idle = [str(dep) for dep in code_deps(stage) if not any(file.is_relative_to(dep) for file in imported(stage))]
    assert idle == []


@pytest.mark.parametrize("stage", FLOW)
def test_a_stage_declares_the_settings_it_reads_and_no_others(stage):
    assert sorted(settings_read(stage)) == sorted(FLOW[stage].get("params", []))


@pytest.mark.parametrize("stage", FLOW)
def test_what_a_stage_does_fits_a_line(stage):
    assert len(FLOW[stage]["desc"]) <= 80
    assert FLOW[stage]["cmd"] == f"churn {stage}"


def test_no_out_about_customers_is_in_git():
    uncached = [out for stage in FLOW.values() for out in _outs(stage) if not _options(out).get("cache", True)]
    assert {name for out in uncached for name in out} <= {
        "reports/evaluation.json",
        "reports/drift.json",
        "reports/kpis.json",
    }


def _outs(stage: dict) -> list:
    return [out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])]


def _options(out: object) -> dict:
    return next(iter(out.values())) if isinstance(out, dict) else {}
