"""CDNOW: every order of 23,570 customers who first bought music there in early 1997, to the middle of 1998."""

from ibis.backends.duckdb import Backend

from pipeline.contract.raw import RawTable, Source
from pipeline.params_source import ColumnParams
from pipeline.sources.packages import packaged_file
from pipeline.sources.sql import quoted

_COLUMNS = {"customer_id": 1, "purchased_at": 2, "quantity": 3, "amount": 4}


def open_cdnow(engine: Backend) -> Source:
    """Open the order file that comes with the package lifetimes, as text; one row is one order."""
    path = packaged_file("lifetimes", "lifetimes", "datasets", "CDNOW_master.txt")
    # The fields stand in columns of blanks, so a line is read whole and cut by a pattern; no delimiter is a newline's.
    options = (
        "columns = {'line': 'VARCHAR'}, auto_detect = false, header = true, delim = '\\x01', quote = '', escape = ''"
    )
    fields = ", ".join(
        f"regexp_extract(line, '^\\s*(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\S+)\\s*$', {place}) AS {name}"
        for name, place in _COLUMNS.items()
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE cdnow_orders AS SELECT {quoted(path.name)} AS file, "  # noqa: S608
        f"row_number() OVER () - 1 AS row, {fields} FROM read_csv({quoted(str(path))}, {options})"
    )
    columns = {name: ColumnParams(column=name) for name in _COLUMNS}
    columns["purchased_at"] = ColumnParams(column="date", format="%Y%m%d")
    table = RawTable(
        "purchases",
        "orders",
        engine.table("cdnow_orders"),
        columns,
        locate=lambda _file, rows: [row + 2 for row in rows],
    )
    return Source("America/New_York", "USD", (table,))
