"""The pipeline with its defaults beside what else a data scientist would try, on the same rows and columns.

Run: `uv run --locked --group benchmark python -m benchmarks.quality [A B C D decline cdnow cdnow_folds simulated telco=FILE]`.
Every peer learns from the same rows; a peer's figures and the paired differences come from the same draws of customers.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality_peers import PEERS, Floats, Peer, ours
from benchmarks.quality_tasks import QUESTIONS, ROOT, Question, telco
from pipeline.model.churn_model import probability
from pipeline.params_file import load_params
from pipeline.training.bootstrap import Bootstrap, Draws
from pipeline.training.metrics import Ranking, aucs, means
from pipeline.training.newton import log_losses

REPLICATES = 1_000
OURS = "churn-pipeline"


@dataclass(frozen=True)
class Answered:
    """Everybody's log-odds of the judged rows of a question."""

    question: Question
    customers: pd.Series
    churned: Floats
    told: Mapping[str, Floats]

    def draws(self) -> dict[str, dict[str, Draws]]:
        """Return AUC and log loss of everybody, measured on the same draws."""
        statistics = {}
        for name, log_odds in self.told.items():
            ranking, losses = Ranking.of(self.churned, log_odds), log_losses(log_odds, self.churned)
            statistics[f"auc {name}"] = lambda weights, ranking=ranking: aucs(ranking, weights)
            statistics[f"loss {name}"] = lambda weights, losses=losses: means(losses, weights)
        measured = Bootstrap(self.customers, REPLICATES).measure(statistics)
        return {name: {kind: measured[f"{kind} {name}"] for kind in ("auc", "loss")} for name in self.told}


def answered(question: Question, everybody: Mapping[str, Peer]) -> Answered:
    """Let everybody learn and answer, split by split."""
    judged = pd.concat([test for _, test in question.splits], ignore_index=True)
    told = {}
    for name, peer in everybody.items():
        started = time.process_time()
        parts = [peer(question, known, test) for known, test in question.splits]
        if all(part is not None for part in parts):
            told[name] = np.concatenate([part for part in parts if part is not None])
        print(f"  {name}: {time.process_time() - started:.0f} CPU s", file=sys.stderr, flush=True)
    return Answered(question, judged["customer_id"], judged["churned"].to_numpy(np.float64), told)


def table(found: Answered) -> dict[str, Any]:
    """Print the figures of a question, best log loss first, and return them."""
    question, draws = found.question, found.draws()
    print(f"\n### {question.words}\n")
    print(
        f"{len(found.churned):,} rows judged, {found.churned.mean():.1%} left; ECE of ours {_ece(found):.3f}.", end=" "
    )
    print("" if question.anchor_auc is None else f"Best published row: AUC {question.anchor_auc:.4f}.")
    print("\n| | AUC | log loss | ours − peer, AUC | ours − peer, log loss |\n|---|---|---|---|---|")
    for name in sorted(draws, key=lambda one: draws[one]["loss"].value):
        cells = [_interval(draws[name][kind]) for kind in ("auc", "loss")]
        if name != OURS:
            cells += [_interval(draws[OURS][kind] - draws[name][kind], "+.4f") for kind in ("auc", "loss")]
        print(f"| {'**' + name + '**' if name == OURS else name} | {' | '.join(cells)} |")
    return {
        "words": question.words,
        "anchor_auc": question.anchor_auc,
        "ece": _ece(found),
        "figures": {
            name: {kind: one[kind].interval() for kind in one}
            | {f"gain_{kind}": (draws[OURS][kind] - one[kind]).interval() for kind in one}
            for name, one in draws.items()
        },
    }


def print_means(results: list[dict[str, Any]]) -> None:
    """Print the means over the questions that everybody answered, BG/NBD apart."""
    names = [name for name in results[0]["figures"] if all(name in one["figures"] for one in results)]
    print(f"\n### Mean of {len(results)} questions\n\n| | AUC | log loss |\n|---|---|---|")
    for name in sorted(names, key=lambda one: np.mean([each["figures"][one]["loss"]["value"] for each in results])):
        auc, loss = (np.mean([each["figures"][name][kind]["value"] for each in results]) for kind in ("auc", "loss"))
        print(f"| {name} | {auc:.4f} | {loss:.4f} |")


def _interval(drawn: Draws, form: str = ".4f") -> str:
    found = drawn.interval()
    return f"{found['value']:{form}} ({found['low']:{form}} to {found['high']:{form}})"


def _ece(found: Answered) -> float:
    """Return the calibration error over ten groups of equal size."""
    chance = probability(found.told[OURS])
    groups = np.array_split(np.argsort(chance, kind="stable"), 10)
    gaps = [abs(chance[rows].mean() - found.churned[rows].mean()) * len(rows) for rows in groups]
    return float(sum(gaps) / len(chance))


def main() -> None:
    """Print a table a question and the means; figures also go to the file named by `--json=FILE`."""
    options = dict(each.removeprefix("--").split("=", 1) for each in sys.argv[1:] if "=" in each)
    wanted = [each for each in sys.argv[1:] if "=" not in each] or list(QUESTIONS)
    everybody = {OURS: ours(load_params(ROOT / "params.yaml").train), **PEERS}
    asked = [*(QUESTIONS[name] for name in wanted if name in QUESTIONS)]
    asked += [lambda: telco(Path(options["telco"]))] if "telco" in options else []
    results = [table(answered(ask(), everybody)) for ask in asked]
    print_means(results)
    if "json" in options:
        Path(options["json"]).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
