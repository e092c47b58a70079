"""What a training and its evaluation leave in the diary: settings, facts and identities, and no customer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.tracking.flat import flattened, numbers_in, safe_name
from pipeline.tracking.store import Tracker, begin, open_tracker, restores, resume, stopping_raises, tag

Warn = Callable[[str], None]
SOME_CUSTOMERS = {"by_as_of", "by_tenure", "by_value", "by_lead", "new_customers"}
"""Parts about some customers: of their figures the artefact alone has the ends of the intervals, or no batch could hold all."""


@dataclass(frozen=True)
class TrainingRun:
    """What is known of a training before it begins: identity, settings, the hashes of its inputs and its dates."""

    run_id: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    as_of: Sequence[str]


class Entry:
    """One run of the diary, open for writing; where it cannot be written it says so once and lets the work go on."""

    def __init__(self, warn: Warn) -> None:
        self.mlflow_run_id: str | None = None
        self._warn = warn
        self._tracker: Tracker | None = None
        self._whole = True

    def trained(self, model_version: str, facts: Mapping[str, Any]) -> None:
        """Write what a training found."""
        self._try(lambda tracker, run: _log_training(tracker, run, model_version, facts))

    def evaluated(self, evaluation: Mapping[str, Any]) -> None:
        """Write what the test dates say: every number of evaluation.json but its curves, its verdicts, and the file."""
        self._try(lambda tracker, run: _log_evaluation(tracker, run, evaluation))

    def _open(self, start: Callable[[Tracker], str]) -> None:
        try:
            self._tracker = open_tracker()
            self.mlflow_run_id = start(self._tracker)
        except Exception as error:  # noqa: BLE001  # a diary that cannot be written must not cost the model
            self._fail(error)

    def _try(self, write: Callable[[Tracker, str], object]) -> None:
        if self._tracker is None or self.mlflow_run_id is None or not self._whole:
            return
        try:
            write(self._tracker, self.mlflow_run_id)
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._whole:
            why = str(error).strip().splitlines()
            said = why[0] if why else "no reason given"
            self._warn(f"MLflow did not record this run ({type(error).__name__}: {said}).")
        self._whole = False

    def _end(self, status: str) -> None:
        if self._tracker is None or self.mlflow_run_id is None:
            return
        ended = status if self._whole or status != "FINISHED" else "FAILED"
        try:
            self._tracker.client.set_terminated(self.mlflow_run_id, status=ended)
        except Exception as error:  # noqa: BLE001  # as above
            self._fail(error)


@contextmanager
def recorded_training(run: TrainingRun, warn: Warn) -> Iterator[Entry]:
    """Keep a run open in the diary while a model learns: it is FINISHED only if all of it happened."""
    with _recorded(lambda tracker: _begin_training(tracker, run, {}), warn) as entry:
        yield entry


@contextmanager
def recorded_evaluation(trained: Mapping[str, Any], settings: Mapping[str, Any], warn: Warn) -> Iterator[Entry]:
    """Open the run of a training again while its model is judged; `trained` is what models/run.json holds.

    A run that the store does not know, because its database was deleted, is written anew, with the tag `restored_of`.
    """
    with _recorded(lambda tracker: _continue(tracker, trained, flattened(settings)), warn) as entry:
        yield entry


def record_no_model(stage: str, verdicts: Sequence[Mapping[str, Any]], settings: Mapping[str, Any], warn: Warn) -> None:
    """Leave a run that says why a stage made no model; it is FAILED, because FINISHED runs have models."""
    entry = Entry(warn)
    entry._open(lambda tracker: begin(tracker, "no model", {"stage": stage, **_verdict_tags(verdicts)}))  # noqa: SLF001
    entry._try(lambda tracker, run: _log(tracker, run, {}, flattened(settings), {}))  # noqa: SLF001
    entry._end("FAILED")  # noqa: SLF001


@contextmanager
def _recorded(start: Callable[[Tracker], str], warn: Warn) -> Iterator[Entry]:
    entry, status = Entry(warn), "FAILED"
    try:
        with stopping_raises():
            entry._open(start)  # noqa: SLF001 - the two are one thing
            yield entry
        status = "FINISHED"
    except (SystemExit, KeyboardInterrupt):
        status = "KILLED"
        raise
    finally:
        entry._end(status)  # noqa: SLF001


def _begin_training(tracker: Tracker, run: TrainingRun, tags: Mapping[str, str]) -> str:
    dates = {"as_of_from": min(run.as_of), "as_of_to": max(run.as_of)} if run.as_of else {}
    inputs = {safe_name(f"input/{path}"): digest for path, digest in run.inputs.items()}
    begun = begin(tracker, run.run_id, {"run_id": run.run_id, **dates, **inputs, **tags})
    _log(tracker, begun, {}, flattened(run.settings), {})
    return begun


def _continue(tracker: Tracker, trained: Mapping[str, Any], settings: Mapping[str, str]) -> str:
    known = trained["mlflow_run_id"]
    run = resume(tracker, known, settings)
    if run is None:
        again = TrainingRun(trained["run_id"], trained["settings"], trained["inputs"], trained["as_of"])
        run = _begin_training(tracker, again, {**settings, **restores(known)})
        _log_training(tracker, run, trained["model_version"], trained["training"])
    return run


def _log_training(tracker: Tracker, run: str, model_version: str, facts: Mapping[str, Any]) -> None:
    tags = {"model_version": model_version, "mlflow.runName": model_version}
    _log(tracker, run, numbers_in({"training": facts}), {}, tags)


def _log_evaluation(tracker: Tracker, run: str, evaluation: Mapping[str, Any]) -> None:
    others = {key: part for key, part in evaluation.items() if key != "metrics"}
    numbers = numbers_in({"test": evaluation["metrics"], **others})
    kept = {name: number for name, number in numbers.items() if not _is_end_of_a_part(name)}
    looked_at = {"test_as_of": ", ".join(evaluation["as_of"]["test"])}
    _log(tracker, run, kept, {}, _verdict_tags(evaluation["verdicts"]) | looked_at)
    tracker.client.log_dict(run, dict(evaluation), "evaluation.json")


def _is_end_of_a_part(name: str) -> bool:
    return name.split("/", maxsplit=1)[0] in SOME_CUSTOMERS and name.endswith(("/low", "/high"))


def _verdict_tags(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    held = {f"verdict/{verdict['key']}": str(verdict["holds"]).lower() for verdict in verdicts}
    return held | {f"verdict/{verdict['key']}/sentence": str(verdict["sentence"]) for verdict in verdicts}


def _log(
    tracker: Tracker, run: str, numbers: Mapping[str, float], settings: Mapping[str, str], tags: Mapping[str, str]
) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(time.time() * 1000)
    metrics = [Metric(key, value, now, 0) for key, value in numbers.items()]
    tracker.client.log_batch(run, metrics=metrics, params=[Param(key, value) for key, value in settings.items()])
    if tags:
        tag(tracker, run, tags)
