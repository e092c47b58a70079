"""The page where there is no model: what is missing, and what to do."""

from collections.abc import Mapping
from typing import Any

from pipeline.reports.glossary import left
from pipeline.reports.page import render_no_model
from pipeline.reports.shown import count, listed

FLAGS = {"enough_data": "Too little data to learn from.", "enough_history": "Too short a history to learn from."}


def no_model_page(found: Mapping[str, Any]) -> str:
    """Return the page of a verdict that a stage left instead of its product."""
    [verdict] = found["verdicts"]
    missing = listed([f"{count(number)} {what}" for what, number in found["missing"].items()])
    return render_no_model(
        {
            "title": "No model yet",
            "lead": f"Leaving means {left(found['task'])}.",
            "flag": FLAGS[verdict["key"]],
            "sentence": verdict["sentence"],
            "missing": missing,
            "kept": "Nothing was replaced. The lists that were published, and the model that leads in the registry, are as they "
            "were.",
            "footer": f"Said by the stage {found['stage']}. The same stands in verdict.json and in MLflow. This page goes when a "
            "stage begins anew.",
        }
    )
