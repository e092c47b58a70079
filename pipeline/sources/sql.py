"""Names and texts as SQL literals: nothing a user wrote is ever part of a statement."""


def quoted(text: str) -> str:
    """Return text as an SQL string.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Return the name of a column or table as an SQL identifier.

    >>> named('amt") from t; --')
    '"amt"") from t; --"'
    """
    return '"' + name.replace('"', '""') + '"'
