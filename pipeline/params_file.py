"""Reading params.yaml: without surprises of YAML, and with a sentence for each thing that is wrong."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.errors import ParamsError
from pipeline.params import Params


class _Loader(yaml.SafeLoader):
    """YAML without surprises: a key given twice is an error, not a silent override."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ParamsError(
                    f"params.yaml line {key.start_mark.line + 1}: `{key.value}` is given twice; keep one."
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def load_params(path: Path) -> Params:
    """Read and check params.yaml; raises ParamsError with one sentence a finding."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader, made stricter
    except FileNotFoundError:
        raise ParamsError(f"{path.name} is not in this folder; run `churn` where it lies, or give --params.") from None
    except (OSError, UnicodeDecodeError):
        raise ParamsError(f"{path} cannot be read as a UTF-8 text file; give the path of a params.yaml.") from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}.") from None
    try:
        return Params.model_validate(given)
    except ValidationError as error:
        raise ParamsError("\n".join(_sentence(path.name, finding) for finding in error.errors())) from None


def rewritten(text: str, values: Mapping[tuple[str, ...], object]) -> str:
    r"""Return the text of a params.yaml with other values under some keys; comments and everything else stay as they are.

    Raises ParamsError for a key that the text does not hold.

    >>> rewritten("train:\n  folds: 5   # of customers\n", {("train", "folds"): 10})
    'train:\n  folds: 10  # of customers\n'
    """
    document = yaml.compose(text, _Loader)
    spans = [(*_span(document, key), str(value)) for key, value in values.items()]
    for start, end, value in sorted(spans, reverse=True):
        # A comment stays in its column where there is room.
        room = len(text[end:]) - len(text[end:].lstrip(" "))
        longer = len(value) - (end - start)
        kept = max(room - longer, 1) if room and text[end + room : end + room + 1] == "#" else room
        text = text[:start] + value + " " * kept + text[end + room :]
    return text


def _span(node: Any, key: tuple[str, ...]) -> tuple[int, int]:
    """Return where the value of a key stands in the text."""
    for part in key:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == part), None)
        if node is None:
            raise ParamsError(f"params.yaml holds no {'.'.join(key)} to change; the shipped one shows it.")
    return node.start_mark.index, node.end_mark.index


def _sentence(file: str, finding: Any) -> str:
    if not finding["loc"]:
        return f"{file} holds no settings; the shipped params.yaml shows them all."
    key = ".".join(str(part) for part in finding["loc"] if part not in {"literal['newest']", "date"})
    what = finding["type"]
    if what == "extra_forbidden":
        return f"{file}: {key} is no setting{_meant(finding['loc'])}. Correct the name or take the line out."
    if what == "missing":
        return f"{file}: {key} is missing. Add it; the shipped params.yaml shows it with its meaning."
    said = finding["msg"].removeprefix("Value error, ")
    value = finding["input"]
    shown = "" if isinstance(value, dict | list) else f" (it is {value!r})"
    return f"{file}: {key} {said[0].lower()}{said[1:]}{shown}."


def _meant(location: tuple[Any, ...]) -> str:
    section: Any = Params
    for part in location[:-1]:
        field = getattr(section, "model_fields", {}).get(part)
        section = field.annotation if field else None
    close = difflib.get_close_matches(str(location[-1]), getattr(section, "model_fields", {}), n=1)
    return f"; did you mean `{close[0]}`" if close else ""
