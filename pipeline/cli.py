"""The command `churn`: one subcommand a stage, and the commands that act on the world outside DVC."""

import importlib
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.artifacts import write_text
from pipeline.errors import ChurnError, ParamsError, TooLittleDataError
from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.stages.products import VERDICT, VERDICT_PAGE

Stage = Callable[[Params, Progress], None]
ParamsFile = Annotated[Path, typer.Option("--params", help="Where the settings are read from.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]

EXIT_CODES = """
Exit codes: 0 done, 2 params, 3 contract, 4 nothing to do or too little data, 5 model or artefact integrity,
6 lock held, 7 storage, 8 drift beyond stop.
"""

app = typer.Typer(
    help="From logs of what customers did to a list of whom to keep, with reasons, worth and a control group.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run `churn`; an error a user can meet is printed as sentences and ends with its exit code."""
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a currency is no reason to fail
    try:
        app(prog_name="churn")
    except ChurnError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


def _end_with(parent: int) -> None:
    """End this stage soon after the DVC that runs it: left alone it would write over what the next `dvc repro` makes."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(2)
    os._exit(128 + signal.SIGTERM)


def _add_stage(name: str, summary: str) -> None:
    """Make `churn <name>` run that stage; its module, and the libraries with it, are loaded only then."""
    example = f"Example: `churn {name}` (or `dvc repro {name}`, which runs what it needs first)."
    module = f"pipeline.stages.{name}"
    _add(name, module, f"{summary}\n\n{example}", "Stages of `dvc repro`", _with_verdict)


def _run(step: Stage, params: Params, progress: Progress) -> None:
    step(params, progress)


def _with_verdict(step: Stage, params: Params, progress: Progress) -> None:
    """Run a stage; where there is too little data it leaves the verdict, beside products that stay as they were."""
    for path in (VERDICT, VERDICT_PAGE):
        path.unlink(missing_ok=True)
    try:
        step(params, progress)
    except TooLittleDataError as error:
        from pipeline.commands.verdict import leave

        leave(error, params, progress)
        raise


def _add(name: str, module: str, summary: str, panel: str, start: Callable[..., None] = _run) -> None:
    def run(params: ParamsFile = Path("params.yaml"), quiet: Quiet = False) -> None:
        step: Stage = importlib.import_module(module).run
        start(step, load_params(params), Progress(name, quiet=quiet))

    run.__doc__ = summary
    app.command(name, rich_help_panel=panel)(run)


STAGES = {
    "contract": "Check the source tables against what the pipeline expects of them.",
    "snapshots": "Find who is at risk on each as-of date, with the answer where it is known.",
    "features": "Compute what each customer did before the as-of date, by the catalogue.",
    "train": "Fit the model on the training dates and track the run in MLflow.",
    "evaluate": "Judge the model on the newest dates, beside simple rules.",
    "drift": "Say how far customers and scores have moved since the model learned.",
    "score": "Give every customer at risk a probability of churn and what is at stake.",
    "explain": "Say the behaviours behind each score, in the words of the catalogue.",
    "campaign": "Choose whom to contact within the budget, and whom to leave alone as control.",
    "report": "Write the page an analyst reads and the workbook a campaign manager takes.",
}

for _name, _summary in STAGES.items():
    _add_stage(_name, _summary)


@app.command(rich_help_panel="Act outside the flow")
def promote(
    force: Annotated[str | None, typer.Option(help="Let it lead even where it does not win, for this reason.")] = None,
    params: ParamsFile = Path("params.yaml"),
    quiet: Quiet = False,
) -> None:
    """Register the model and let it lead, if it wins.

    Example: `churn promote`, after `dvc repro`; `churn promote --force "the old one reads a table that is gone"`.
    """
    from pipeline.commands.promote import run

    run(load_params(params), Progress("promote", quiet=quiet), force)


@app.command(rich_help_panel="Act outside the flow")
def tune(
    trials: Annotated[int, typer.Option(help="How many settings to try in all; those of an earlier start count.")] = 60,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    params: ParamsFile = Path("params.yaml"),
    quiet: Quiet = False,
) -> None:
    """Search settings of the trees on the training dates and write better ones into params.yaml.

    Judged by customers held out of their fold; no test date is read. Stopped and started again, it goes on where it was.

    Example: `churn tune --trials 60`, after `dvc repro features`; then `dvc repro`.
    """
    from pipeline.commands.tune import Asked, run

    run(Asked(trials, params, dry_run), load_params(params), Progress("tune", quiet=quiet))


_add(
    "leaktest",
    "pipeline.commands.leaktest",
    "Prove on your own tables that no feature sees the future.\n\nExample: `churn leaktest`, after `dvc repro features`.",
    "Look",
)


@app.command(rich_help_panel="Look")
def why(customer: Annotated[str, typer.Argument(help="The customer's id, as in the source.")]) -> None:
    """Tell one customer's score and the reasons behind it.

    Example: `churn why 1031`; `churn why -- -31` where the id begins with a hyphen.
    """
    from pipeline.commands.why import told

    print(told(customer))


@app.command(rich_help_panel="Every night")
def batch(  # noqa: PLR0913, PLR0917
    out: Annotated[Path, typer.Option(help="The folder that lists are published in.")],
    as_of: Annotated[
        str, typer.Option(help="The date of the list, or `newest`: the first day not complete.")
    ] = "newest",
    model: Annotated[str, typer.Option(help="A model folder, or `models:/churn@champion`.")] = "models/churn",
    evaluation: Annotated[Path, typer.Option(help="What judged the model; without it there is no page.")] = Path(
        "reports/evaluation.json"
    ),
    accept_gaps: Annotated[
        bool, typer.Option("--accept-gaps", help="Go on where recent days seem to be missing.")
    ] = False,
    features: Annotated[
        Path | None, typer.Option(help="A file of features, with its sha256 beside it; then no source is read.")
    ] = None,
    keep_features: Annotated[
        bool, typer.Option("--keep-features", help="Keep the features beside the list, for `--features`.")
    ] = False,
    engine: Annotated[str | None, typer.Option(help="duckdb or spark; else what params.yaml says.")] = None,
    params: ParamsFile = Path("params.yaml"),
    quiet: Quiet = False,
) -> None:
    """Score, explain and list every customer at risk, and publish the list whole; without DVC and git.

    Example: `churn batch --as-of 2018-01-01 --out lists`
    """
    from pipeline.commands.batch import Job, run
    from pipeline.params import on_engine, read_as_of

    job = Job(read_as_of(as_of), model, out, evaluation, accept_gaps, features, keep_features)
    run(job, on_engine(load_params(params), engine), Progress("batch", quiet=quiet))


@app.command(rich_help_panel="Every night")
def rollback(
    out: Annotated[Path, typer.Option(help="The folder that lists are published in.")],
    quiet: Quiet = False,
) -> None:
    """Let `current` lead to the list before the present one.

    Example: `churn rollback --out lists`
    """
    from pipeline.commands.rollback import run

    run(out, Progress("rollback", quiet=quiet))


@app.command(rich_help_panel="Try out")
def simulate(
    out: Annotated[Path, typer.Option(help="A new folder: tables go to `source`, the truth beside them to `truth`.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers there ever were.")] = 6000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same bytes.")] = 1,
    weeks: Annotated[int, typer.Option(min=8, max=520, help="How many weeks of history.")] = 65,
    uses_per_week: Annotated[
        float, typer.Option(min=0.01, max=1000, help="How often a usual customer uses the product.")
    ] = 1.0,
    quiet: Quiet = False,
) -> None:
    """Write a made-up subscription business whose truth is known: risks, causes, answers to actions.

    Example: `churn simulate --customers 6000 --seed 1 --out simulated`
    """
    from pipeline.commands.simulate import run
    from pipeline.params_source import SimulatedParams

    asked = SimulatedParams(customers=customers, seed=seed, weeks=weeks, uses_per_week=uses_per_week)
    run(asked, out, Progress("simulate", quiet=quiet))


@app.command(rich_help_panel="Act outside the flow")
def forget(
    customer: Annotated[str, typer.Argument(help="The customer's id, as in the source.")],
    lists: Annotated[Path, typer.Option(help="The folder that lists are published in.")] = Path("lists"),
    quiet: Quiet = False,
) -> None:
    """Take one customer out of the products of the flow, and say where he may still stand.

    Example: `churn forget 1031`, after taking him out of the source; `churn forget -- -31` where the id begins with a hyphen.
    """
    from pipeline.commands.forget import run

    run(customer, lists, Progress("forget", quiet=quiet))


@app.command(rich_help_panel="Documentation")
def docs(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where a page is out of date.")] = False,
) -> None:
    """Write the pages that are made from code: the features and the data contract.

    Example: `churn docs --check` in CI.
    """
    from pipeline.contract.dictionary import data_contract_page
    from pipeline.features.dictionary import features_page

    pages = {Path("docs/features.md"): features_page(), Path("docs/data-contract.md"): data_contract_page()}
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if check and stale:
        raise ParamsError(f"{' and '.join(map(str, stale))} differ from the code they describe; run `churn docs`.")
    for path in stale:
        write_text(path, pages[path])


@app.command(rich_help_panel="Look")
def catalogue() -> None:
    """Print every behaviour as a table: column, today's coverage, unit, family, what it holds.

    Example: `churn catalogue`
    """
    from pipeline.commands.catalogue import lines

    for line in lines():
        print(line)
