"""Every error a user can meet, each with the exit code a scheduler can act on."""

from collections.abc import Mapping


class ChurnError(Exception):
    """An error shown as one sentence, without a traceback: what was asked, what was found, what to do."""

    exit_code = 1


class ParamsError(ChurnError):
    """A value in params.yaml is missing, unknown or impossible."""

    exit_code = 2


class ContractError(ChurnError):
    """The tables break a promise the pipeline relies on."""

    exit_code = 3


class TooLittleDataError(ChurnError):
    """There is nothing to do, or too little to do it honestly: a verdict, with the number that is missing of what."""

    exit_code = 4
    verdict = "enough_data"

    def __init__(self, sentence: str, missing: Mapping[str, int] | None = None) -> None:
        """Say it in a sentence; `missing` holds the same numbers for programs to read."""
        super().__init__(sentence)
        self.missing = dict(missing or {})


class TooLittleHistoryError(TooLittleDataError):
    """The data do not reach far enough back to learn from one date and be judged on a later one."""

    verdict = "enough_history"


class IntegrityError(ChurnError):
    """A model or an artefact is not what its manifest says, or is missing."""

    exit_code = 5


class LockHeldError(ChurnError):
    """Another run holds the lock of the same output."""

    exit_code = 6


class DriftError(ChurnError):
    """Risks have moved further since the model learned than params.yaml lets pass."""

    exit_code = 8


class StorageError(ChurnError):
    """The disk, or a folder on it, refused a read or a write."""

    exit_code = 7
