"""Ibis on Spark without a detour through pandas, which makes floats of whole numbers as soon as one is missing."""

from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.pyspark import Backend as PySparkBackend


class Backend(PySparkBackend):  # type: ignore[misc] # Ibis ships no types
    """Ibis' own backend, with results and tables in memory as Arrow."""

    @property
    def spark(self) -> Any:
        """Return the Spark session."""
        return self._session

    def frame(self, expression: ir.Table) -> Any:
        """Return an expression as a Spark frame, which nobody has computed yet."""
        self._run_pre_execute_hooks(expression)
        return self._session.sql(self.compile(expression))

    def to_pyarrow(self, expr: ir.Expr, /, **_: Any) -> Any:
        """Return the rows, value for value."""
        table = expr.as_table()
        return expr.__pyarrow_result__(self.frame(table).toArrow().cast(table.schema().to_pyarrow()))

    def _register_in_memory_table(self, op: Any) -> None:
        rows: pa.Table = op.data.to_pyarrow(op.schema)
        self._session.createDataFrame(rows).createOrReplaceTempView(op.name)
