"""Money: whole minor units (cents) in the tables, one way of saying it to people."""

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}

_WHOLE = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
_THOUSANDTHS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
# Currencies whose smallest coin is not a hundredth (ISO 4217).
_MINOR_DIGITS = {
    **dict.fromkeys(_WHOLE, 0),
    **dict.fromkeys(_THOUSANDTHS, 3),
}


def minor_digits(currency: str) -> int:
    """Return how many decimals a currency has.

    >>> minor_digits("EUR"), minor_digits("JPY")
    (2, 0)
    """
    return _MINOR_DIGITS.get(currency, 2)


def minor_per_unit(currency: str) -> int:
    """Return how many minor units make one unit of a currency.

    >>> minor_per_unit("USD"), minor_per_unit("JPY")
    (100, 1)
    """
    return int(10 ** minor_digits(currency))


def symbol(currency: str) -> str:
    """Return what stands before an amount: the currency's sign, or its code and a space."""
    return SYMBOLS.get(currency, f"{currency} ")


def amount(value: float, currency: str, decimals: int = 0) -> str:
    """Say an amount in whole units: with a true minus sign, and decimals only where asked for and where there are any.

    >>> amount(-1234.56, "EUR"), amount(12.5, "NOK", 2), amount(1250, "JPY", 2)
    ('−€1,235', 'NOK 12.50', '¥1,250')
    """
    kept = min(decimals, minor_digits(currency))
    return ("−" if round(value, kept) < 0 else "") + f"{symbol(currency)}{abs(value):,.{kept}f}"
