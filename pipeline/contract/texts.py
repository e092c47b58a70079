"""Values as found become values of a declared type; what cannot is null, and nothing is guessed."""

import re

import ibis
import ibis.expr.types as ir

from pipeline.errors import ParamsError

_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2}))?)?$"
_OFFSET = r"(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_PARTS = {
    "Y": r"(\d{4})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "I": r"(\d{1,2})",
    "M": r"(\d{1,2})",
    "S": r"(\d{1,2})",
    "f": r"(\d{1,6})",
    "p": r"([AaPp][Mm])",
    "b": r"([A-Za-z]{3})",
    "z": r"(Z|[+-]\d{2}:?\d{2})",
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_EPOCHS = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000, "epoch_microseconds": 1}
FORMATS = (*(f"%{letter}" for letter in _PARTS), *_EPOCHS)


def whole_number(text: ir.StringValue) -> ir.IntegerValue:
    """Read `12`, `-3` and `4.0` as int64; anything else is null."""
    fits = text.re_search(r"^[+-]?\d{1,18}(\.0+)?$")
    return _only(fits, text.re_extract(r"^([+-]?\d+)", 1)).try_cast("int64")


def decimal_number(text: ir.StringValue, decimal: str) -> ir.FloatingValue:
    """Read `0.5`, `-1e-3` and, where declared, `0,5` as float64; anything else, infinities among it, is null."""
    plain = _with_point(text, decimal)
    fits = plain.re_search(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$")
    return finite(_only(fits, plain).try_cast("float64"))


def minor_units(text: ir.StringValue, decimal: str, digits: int) -> ir.IntegerValue:
    """Read money as whole minor units, exactly, in integers alone; null where it does not parse or is too precise."""
    plain = _with_point(text, decimal)
    decimals = rf"\.\d{{1,{digits}}}0*" if digits else r"\.0+"
    fits = plain.re_search(rf"^[+-]?(\d{{1,10}}\.?|\d{{0,10}}{decimals})$")
    minor = (plain.re_extract(r"^[+-]?(\d*)", 1) + _padded(plain.re_extract(r"\.(\d*)$", 1), digits)).nullif("")
    size = _only(fits, minor).try_cast("int64")
    return ibis.ifelse(plain.startswith("-"), -size, size)


def is_money(text: ir.StringValue, decimal: str) -> ir.BooleanValue:
    """Say whether text is a decimal number, however large or precise."""
    return _with_point(text, decimal).re_search(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")


def is_not_finite(text: ir.StringValue) -> ir.BooleanValue:
    """Say whether text spells an infinity or a NaN."""
    return text.lower().re_search(r"^[+-]?(inf|infinity|nan)$")


def flag(text: ir.StringValue) -> ir.BooleanValue:
    """Read yes and no in the spellings listed in the contract; anything else is null."""
    plain = text.lower()
    yes = plain.isin([word for word, meaning in _FLAGS.items() if meaning])
    no = plain.isin([word for word, meaning in _FLAGS.items() if not meaning])
    return ibis.cases((yes, True), (no, False), else_=ibis.null("boolean"))


def listed(text: ir.StringValue, words: tuple[str, ...]) -> ir.StringValue:
    """Return a word of a list, in lower case; anything else is null."""
    word = text.lower()
    return _only(word.isin(words), word)


def instant(text: ir.StringValue, layout: str | None) -> ir.TimestampValue:
    """Read a naive timestamp, its offset left aside, from ISO 8601 or a declared strptime format; else null."""
    if layout in _EPOCHS:
        micros = whole_number(text) * _EPOCHS[layout]
        return ibis.literal("1970-01-01").cast("timestamp") + micros.as_interval("us")
    if layout is None:
        return _only(text.re_search(_ISO), _iso(text)).try_cast("timestamp")
    pattern, letters = layout_pattern(layout)
    return _only(text.re_search(pattern), _canonical(text, pattern, letters)).try_cast("timestamp")


def offset_seconds(text: ir.StringValue, layout: str | None) -> ir.IntegerValue:
    """Return how far ahead of UTC the text says it is; null where it does not say."""
    if layout in _EPOCHS:
        return ibis.literal(0, type="int32")
    if layout is not None and "%z" not in layout:
        return ibis.null("int32")
    # A date alone ends like an offset ("-03"), so the time of day must be there.
    named = _only(text.contains(":") | text.endswith("Z"), text.re_extract(_OFFSET, 1)).nullif("")
    digits = named.re_replace("[^0-9]", "").rpad(4, "0")
    seconds = digits[0:2].try_cast("int32") * 3600 + digits[2:4].try_cast("int32") * 60
    signed = ibis.ifelse(named.startswith("-"), -seconds, seconds)
    return ibis.cases((named.isin(["Z", "UTC"]), 0), else_=signed).cast("int32")


def layout_pattern(layout: str) -> tuple[str, tuple[str, ...]]:
    """Turn a strptime format into an anchored regular expression and the letters its groups stand for.

    >>> layout_pattern("%d.%m.%Y")[1]
    ('d', 'm', 'Y')
    """
    letters = tuple(re.findall("%(.)", layout))
    unknown = [letter for letter in letters if letter not in _PARTS]
    if unknown or not {"Y", "d"} <= set(letters):
        raise ParamsError(
            f'The format "{layout}" cannot be used: it needs %Y, %m (or %b) and %d, and may use {", ".join(FORMATS)}.'
        )
    pieces = [
        _PARTS[piece[1]] if piece.startswith("%") else re.escape(piece) for piece in re.findall("%.|[^%]+", layout)
    ]
    return f"^{''.join(pieces)}$", letters


def _iso(text: ir.StringValue) -> ir.StringValue:
    clock = text.re_extract(r"^.{10}[T ](\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?)", 1).replace(",", ".")
    full = ibis.ifelse(clock.length() == 5, clock + ":00", clock)
    return text[0:10] + " " + full.nullif("").fill_null("00:00:00")


def _canonical(text: ir.StringValue, pattern: str, letters: tuple[str, ...]) -> ir.StringValue:
    part = {letter: text.re_extract(pattern, index + 1) for index, letter in enumerate(letters)}
    zero = ibis.literal("0")
    month = _month(part["b"]) if "b" in part else part.get("m", zero)
    day = ibis.literal("-").join([part["Y"], month.lpad(2, "0"), part["d"].lpad(2, "0")])
    clock = [_hour(part), part.get("M", zero), part.get("S", zero)]
    time = ibis.literal(":").join([piece.lpad(2, "0") for piece in clock])
    return day + " " + time + "." + part.get("f", zero).rpad(6, "0")


def _hour(part: dict[str, ir.StringValue]) -> ir.StringValue:
    if "I" not in part:
        return part.get("H", ibis.literal("0"))
    hour = part["I"].try_cast("int32")
    afternoon = part["p"].lower() == "pm" if "p" in part else ibis.literal(value=False)
    return ibis.ifelse(hour.between(1, 12), hour % 12 + ibis.ifelse(afternoon, 12, 0), 99).cast("string")


def _month(name: ir.StringValue) -> ir.StringValue:
    numbers = [(name.lower() == month, f"{index + 1:02}") for index, month in enumerate(_MONTHS)]
    return ibis.cases(*numbers, else_="99")


def _with_point(text: ir.StringValue, decimal: str) -> ir.StringValue:
    # Where the comma is declared, a point has no place: it must not parse as one.
    return text if decimal == "." else text.replace(".", "?").replace(",", ".")


def _padded(decimals: ir.StringValue, digits: int) -> ir.StringValue:
    return (decimals + "0" * digits)[0:digits]


def _only(test: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.ifelse(test, value, ibis.null(value.type()))


def finite(number: ir.FloatingValue) -> ir.FloatingValue:
    """Return a number, infinities and NaN become null."""
    return _only(~(number.isinf() | number.isnan()), number)
