"""Small enough to read: functions, modules, and a file name that says what is inside."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PACKAGE = Path(__file__).parents[2] / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
VAGUE = {"utils", "helpers", "common", "base", "manager", "misc", "core"}


def bodies(module: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the lines of each function's body, its docstring left out."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno - body[0].lineno + 1) if body else 0


def test_half_of_all_functions_have_at_most_eight_lines():
    assert median(lines for module in MODULES for _, lines in bodies(module)) <= 8


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_function_is_longer_than_forty_lines_and_no_module_than_three_hundred(module):
    assert [name for name, lines in bodies(module) if lines > 40] == []
    assert len(module.read_text().splitlines()) <= 300


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_public_thing_has_a_sentence(module):
    tree = ast.parse(module.read_text())
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
    assert ast.get_docstring(tree)


def test_no_file_has_a_name_that_says_nothing():
    assert [str(path) for path in PACKAGE.rglob("*") if path.stem in VAGUE] == []
