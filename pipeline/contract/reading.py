"""From rows as found to typed values, and the first broken promise of each row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.contract import texts
from pipeline.contract.raw import ATTRIBUTE, RawTable
from pipeline.contract.rules import FIRST_YEAR, LAST_YEAR
from pipeline.contract.tables import KINDS, Column, ColumnType
from pipeline.errors import ContractError
from pipeline.params_source import ColumnParams

OFFSET = "offset_"
BROKEN, VALUE = "broken_rule", "broken_value"
_MONEY_LIMIT = 10**10
_SHOWN_LETTERS = 80
_DAY_SECONDS = 86_400

_SUITABLE = {
    "text": "a whole number",
    "instant": "a timestamp or a date",
    "money": "a number",
    "integer": "a number",
    "number": "a number",
    "flag": "a boolean",
    "one-of": "text only",
}


@dataclass(frozen=True)
class Reading:
    """How one column of a raw table becomes a typed one; `digits` are the currency's decimals."""

    column: Column
    params: ColumnParams
    digits: int

    def typed(self, raw: ir.Value) -> ir.Value:
        """Return the value in the column's type, null where it does not parse."""
        return self._from_text(raw) if raw.type().is_string() else self._from_stored(raw)

    def problem(self, raw: ir.Value, typed: ir.Value) -> ir.StringValue:
        """Return the name of the first rule a value breaks, or null."""
        tests = self._presence(raw) | self._of_type(raw, typed)
        if self.column.type != "text":
            tests[self.column.type] = raw.notnull() & typed.isnull()
        if self.column.at_least_zero:
            tests["negative"] = typed < 0
        if self.column.between is not None:
            tests["range"] = ~typed.between(*self.column.between)
        named = [(test, ibis.literal(rule)) for rule, test in tests.items()]
        return ibis.cases(*named, else_=ibis.null("string")) if named else ibis.null("string")

    def _presence(self, raw: ir.Value) -> dict[str, ir.BooleanValue]:
        is_text, tests = raw.type().is_string(), {}
        if self.column.required:
            tests["missing"] = raw.isnull() | (raw.strip() == "") if is_text else raw.isnull()
        if self.column.type == "text" and is_text:
            tests["nul"] = raw.re_search(r"\x00")
        return tests

    def _of_type(self, raw: ir.Value, typed: ir.Value) -> dict[str, ir.BooleanValue]:
        match self.column.type:
            case "money":
                return self._money_tests(raw, typed)
            case "number":
                return {"not_finite": _not_finite(raw)}
            case "instant":
                return {"year": ~typed.year().between(FIRST_YEAR, LAST_YEAR)}
            case _:
                return {}

    def _money_tests(self, raw: ir.Value, typed: ir.IntegerValue) -> dict[str, ir.BooleanValue]:
        if raw.type().is_string():
            is_money = texts.is_money(raw.strip(), self.params.decimal)
            is_large = raw.strip().re_extract(r"^[+-]?0*(\d*)", 1).length() > 10
        else:
            is_money, is_large = raw.notnull(), raw.cast("float64").abs() >= _MONEY_LIMIT
        return {
            "not_finite": _not_finite(raw),
            "too_large": is_money & is_large,
            "too_precise": is_money & typed.isnull(),
        }

    def _from_text(self, raw: ir.StringValue) -> ir.Value:
        text, wanted, params = raw.strip(), self.column.type, self.params
        read: dict[ColumnType, Callable[[], ir.Value]] = {
            "text": lambda: raw,
            "instant": lambda: texts.instant(text, params.format),
            "money": lambda: texts.minor_units(text, params.decimal, self.digits),
            "integer": lambda: texts.whole_number(text),
            "number": lambda: texts.decimal_number(text, params.decimal),
            "flag": lambda: texts.flag(text),
            "one-of": lambda: texts.listed(text, self.column.values),
        }
        return read[wanted]()

    def _from_stored(self, raw: ir.Value) -> ir.Value:
        stored, layout = raw.type(), self.params.format
        match self.column.type:
            case "text" | "flag" if stored.is_integer() or stored.is_boolean():
                return raw.cast("string") if self.column.type == "text" else texts.flag(raw.cast("string"))
            case "instant" if stored.is_timestamp() or stored.is_date():
                return raw.cast("timestamp")
            case "instant" if stored.is_integer() and layout is not None:
                return texts.instant(raw.cast("string"), layout)
            case "money" if stored.is_numeric():
                return _rounded(raw.cast("float64"), 10**self.digits)
            case "integer" if stored.is_numeric():
                return _rounded(raw.cast("float64"), 1) if stored.is_floating() else raw.try_cast("int64")
            case "number" if stored.is_numeric():
                return texts.finite(raw.cast("float64"))
        raise ContractError(
            f'The column "{self.params.column}" is stored as {stored}, which cannot be read as {self.column.type} for '
            f"{self.column.name}. Store it as {_SUITABLE[self.column.type]}."
        )


def read_rows(table: RawTable, digits: int) -> ir.Table:
    """Return one row per row found: typed columns, the first broken rule as `column|rule`, and the value that broke it.

    Every instant gets a companion `offset_<name>`: seconds ahead of UTC where the value says so, else null.
    """
    readings = [_reading(table, name, digits) for name in _mapped(table)]
    found = _with_declared_words(table, [reading.column.name for reading in readings])
    typed = {reading.column.name: reading.typed(found[reading.column.name]) for reading in readings}
    offsets = {OFFSET + name: _offset(found[name], params) for name, params in _instants(table).items()}
    problems = {
        reading.column.name: reading.problem(found[reading.column.name], typed[reading.column.name])
        for reading in readings
    }
    problems |= {name: _first(problems[name], test, "backwards") for name, test in _backwards(table, typed, offsets)}
    broken = ibis.coalesce(*[ibis.literal(f"{name}|") + problem for name, problem in problems.items()])
    shown = ibis.cases(*[(problem.notnull(), _shown(found[name])) for name, problem in problems.items()])
    return found.select("file", "row", **typed, **offsets, **{BROKEN: broken, VALUE: shown})


def _mapped(table: RawTable) -> list[str]:
    return [*table.columns, *(ATTRIBUTE + name for name in table.attributes)]


def _reading(table: RawTable, name: str, digits: int) -> Reading:
    if not name.startswith(ATTRIBUTE):
        return Reading(KINDS[table.kind].column(name), table.columns[name], digits)
    attribute = table.attributes[name.removeprefix(ATTRIBUTE)]
    wanted = Column(name, "text" if attribute.type == "category" else "number", "")
    return Reading(wanted, ColumnParams(column=attribute.column), digits)


def _instants(table: RawTable) -> dict[str, ColumnParams]:
    kind = KINDS[table.kind]
    return {name: params for name, params in table.columns.items() if kind.column(name).type == "instant"}


def _with_declared_words(table: RawTable, names: list[str]) -> ir.Table:
    """Make texts that mean "empty" null, and put the contract's words in place of the user's own."""
    texts_found = [name for name in names if table.rows[name].type().is_string()]
    cleared = table.rows.mutate(**{name: _cleared(table.rows[name], table.null_texts) for name in texts_found})
    renamed = {name: each.values for name, each in table.columns.items() if each.values}
    return cleared.mutate(**{name: _renamed(cleared[name].cast("string"), words) for name, words in renamed.items()})


def _renamed(text: ir.StringValue, words: Mapping[str, str]) -> ir.StringValue:
    plain = text.strip()
    return ibis.cases(*[(plain == theirs, ours) for theirs, ours in words.items()], else_=text)


def _cleared(text: ir.StringValue, null_texts: tuple[str, ...]) -> ir.StringValue:
    return ibis.ifelse(text.isin(null_texts), ibis.null("string"), text) if null_texts else text


def _backwards(
    table: RawTable, typed: Mapping[str, ir.Value], offsets: Mapping[str, ir.Value]
) -> Iterator[tuple[str, ir.BooleanValue]]:
    """Yield the instants that must not lie before another of their row, with a test for those that do.

    Instants of different zones are compared to the day, because their zones are resolved later.
    """
    for name in _instants(table):
        opened = KINDS[table.kind].column(name).not_before
        if opened is None or opened not in typed:
            continue
        own, other = offsets[OFFSET + name], offsets[OFFSET + opened]
        alike = (own.isnull() & other.isnull()) & ibis.literal(table.columns[name].zone == table.columns[opened].zone)
        ahead = typed[opened].epoch_seconds() - typed[name].epoch_seconds()
        aware = ahead - other.fill_null(0) + own.fill_null(0)
        both = own.notnull() & other.notnull()
        yield name, ibis.ifelse(alike | both, aware > 0, aware > _DAY_SECONDS)


def _first(problem: ir.StringValue, test: ir.BooleanValue, rule: str) -> ir.StringValue:
    return ibis.coalesce(problem, ibis.ifelse(test, rule, ibis.null("string")))


def _offset(raw: ir.Value, params: ColumnParams) -> ir.IntegerValue:
    stored = raw.type()
    if stored.is_string():
        return texts.offset_seconds(raw.strip(), params.format)
    aware = stored.is_timestamp() and stored.timezone is not None
    return ibis.literal(0, type="int32") if aware or stored.is_integer() else ibis.null("int32")


def _not_finite(raw: ir.Value) -> ir.BooleanValue:
    if raw.type().is_string():
        return texts.is_not_finite(raw.strip())
    return raw.isinf() | raw.isnan() if raw.type().is_floating() else ibis.literal(value=False)


def _rounded(number: ir.FloatingValue, units: int) -> ir.IntegerValue:
    """Return a number in whole units; null where it is no multiple of one but for the last bits of a float."""
    scaled = texts.finite(number) * ibis.literal(float(units))
    fits = ((scaled - scaled.round()).abs() < 1e-5 + scaled.abs() * 1e-15) & (scaled.abs() < _MONEY_LIMIT * units)
    return ibis.ifelse(fits, scaled.round(), ibis.null("float64")).cast("int64")


def _shown(raw: ir.Value) -> ir.StringValue:
    return raw.cast("string").fill_null("")[0:_SHOWN_LETTERS]
