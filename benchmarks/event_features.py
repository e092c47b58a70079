"""Sixty columns over one log of usage and purchases: lines of a catalogue, as the product's own are."""

from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.catalogue import features_of
from pipeline.features.logs import Log, Tally, count_if, tally
from pipeline.features.measures import (
    Measure,
    ValueMeasure,
    active_days,
    active_weeks,
    change,
    concentration,
    days_since_first,
    days_since_last,
    favourite,
    gap_spread,
    largest,
    longest_gap,
    mean_gap,
    overdue,
    ratio,
    share_of_both,
    silence_share,
    total,
    variety,
    weekly_slope,
)
from pipeline.features.windows import EVER, Window, last

LOG = Log("usage")
BOUGHT, HELPED = Log("usage", ("event", "purchase")), Log("usage", ("event", "support"))


def _of_kind(name: str) -> Tally:
    return count_if(LOG, f"{name}_events", lambda rows: rows.event == name, "event")


EVENTS = tally(LOG, "events", lambda rows: rows.count())
SPEND = tally(LOG, "spend", lambda rows: rows.amount.sum(), "amount")
SAVED = tally(LOG, "saved", lambda rows: rows.discount.sum(), "discount")
BUYS = count_if(LOG, "buys", lambda rows: rows.event == "purchase", "event")
WEEKEND = count_if(LOG, "weekend", lambda rows: rows.weekday >= 5, "weekday")
EVENING = count_if(LOG, "evening", lambda rows: rows.hour >= 18, "hour")
RETURNS = count_if(LOG, "returns", lambda rows: rows.event == "return", "event")
KINDS = {name: _of_kind(name) for name in ("view", "search", "play", "save", "share", "support")}


def _line(stem: str, measure: Measure | ValueMeasure, *windows: Window) -> Behaviour:
    """Declare a behaviour by what is computed alone: nobody reads these as sentences."""
    return Behaviour(stem, stem, "number", "profile", measure, windows, "{}")


LINES = (
    _line("days_since_event", days_since_last(LOG), *EVER),
    _line("days_as_customer", days_since_first(LOG), *EVER),
    _line("silence_share", silence_share(LOG), *EVER),
    _line("events", total(EVENTS), *EVER, *last(7, 14, 28, 56, 91, 182)),
    _line("spend", total(SPEND), *EVER, *last(14, 28, 56, 91, 182)),
    _line("buys", total(BUYS), *last(28, 91, 182)),
    _line("days_since_purchase", days_since_last(BOUGHT), *EVER),
    _line("days_since_support", days_since_last(HELPED), *EVER),
    _line("active_days", active_days(LOG), *last(28, 91, 182)),
    _line("active_weeks", active_weeks(LOG), *last(91)),
    _line("gap", mean_gap(LOG), *last(91, 182)),
    _line("gap_spread", gap_spread(LOG), *last(182)),
    _line("longest_gap", longest_gap(LOG), *last(182)),
    _line("overdue", overdue(LOG), *last(182)),
    _line("events_change", change(EVENTS), *last(28, 91)),
    _line("spend_change", change(SPEND), *last(28, 91)),
    _line("events_slope", weekly_slope(EVENTS), *last(91)),
    _line("largest_day", largest(SPEND), *last(91)),
    _line("order_value", ratio(SPEND, BUYS), *last(91, 182)),
    _line("saved_share", share_of_both(SAVED, SPEND), *last(91)),
    _line("weekend_share", ratio(WEEKEND, EVENTS), *last(91)),
    _line("evening_share", ratio(EVENING, EVENTS), *last(91)),
    _line("returns", total(RETURNS), *last(91)),
    *(_line(f"{name}_events", total(number), *last(28, 91)) for name, number in KINDS.items()),
    _line("categories", variety(LOG, "category"), *last(28, 91)),
    _line("category_share", concentration(LOG, "category"), *last(91)),
    _line("main_category", favourite(LOG, "category"), *last(91)),
    _line("channels", variety(LOG, "channel"), *last(91)),
    _line("channel_share", concentration(LOG, "channel"), *last(91)),
)
"""The lines, in the order of their columns."""

FEATURES: tuple[Feature, ...] = features_of(LINES)
