"""Every behaviour the model may look at, one line each.

A line gives the column's stem, the words an analyst reads, the unit, the family, the measure, the windows, how a reason
says it, which values worry, and whether an action can change it. Columns, query, dictionary, reasons and tests follow from the line: there is
nothing else to edit. A line whose table or columns a user does not have falls away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipeline.features import logs
from pipeline.features.logs import CUSTOMERS, PURCHASES, REDEEMED, SENT, Tables
from pipeline.features.measures import (
    Attribute,
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
    monthly_days,
    overdue,
    ratio,
    share_of_both,
    silence_share,
    total,
    variety,
    weekly_slope,
)
from pipeline.features.windows import EVER, Window, last


@dataclass(frozen=True)
class Family:
    """Behaviours that an analyst reads as one subject."""

    key: str
    words: str


@dataclass(frozen=True)
class Behaviour:
    """A measure of a log over windows, and how people speak of it.

    In `says`, `{}` is the customer's own value, `{window}` the window in words, `{before}` the one before it,
    `{other_feature}` another value of his, and `[purchase|purchases]` follows the number. A sentence with a semicolon
    brings its own comparison; to any other the typical value is added. `concern` says which values worry: a high or a low
    one, all else equal. Trees and regression may not learn the opposite, so that no reason reads backwards; None leaves it free.
    A column that `grows` counts from the very first row, so its range moves with the calendar: trees and regression may
    not learn from it, only the model's member for buying rhythm, which takes a customer's age into account.
    """

    stem: str
    words: str
    unit: str
    family: str
    measure: Measure | ValueMeasure | Attribute
    windows: tuple[Window, ...]
    says: str
    concern: Literal["high", "low"] | None = None
    actionable: bool = False
    grows: bool = False

    def is_in(self, tables: Tables) -> bool:
        """Return whether the checked tables hold all that the behaviour reads."""
        columns = self.measure.log.columns(tables)
        if isinstance(self.measure, ValueMeasure | Attribute):
            return self.measure.column in columns
        return bool(columns) and all(number.needs <= columns for number in self.measure.tallies)


@dataclass(frozen=True)
class Feature:
    """One column: a behaviour seen through one window."""

    behaviour: Behaviour
    window: Window

    @property
    def name(self) -> str:
        """Return the column's name."""
        return self.behaviour.stem + self.window.suffix

    @property
    def words(self) -> str:
        """Return what the column holds, in words."""
        return f"{self.behaviour.words} {self.window.phrase}".strip()

    @property
    def unit(self) -> str:
        """Return the unit, one of those that `pipeline.scoring.wording` can say."""
        return self.behaviour.unit

    @property
    def family(self) -> str:
        """Return the key of the family."""
        return self.behaviour.family

    @property
    def direction(self) -> int:
        """Return 1 where a higher value may only raise the risk, −1 where it may only lower it, 0 where it is free."""
        return {"high": 1, "low": -1, None: 0}[self.behaviour.concern]

    @property
    def grows(self) -> bool:
        """Return whether the column's range moves with the calendar, so that trees and regression may not learn from it."""
        return self.behaviour.grows

    @property
    def actionable(self) -> bool:
        """Return whether something can be offered that changes it."""
        return self.behaviour.actionable


FAMILIES: Mapping[str, Family] = {
    family.key: family
    for family in (
        Family("recency", "Time since the last purchase"),
        Family("rhythm", "Buying rhythm"),
        Family("frequency", "How often they buy"),
        Family("spending", "What they spend"),
        Family("trend", "Change of habit"),
        Family("variety", "What they buy"),
        Family("discounts", "Discounts and coupons"),
        Family("returns", "Returns"),
        Family("timing", "When they buy"),
        Family("tenure", "Time as a customer"),
        Family("contact", "What we sent them"),
        Family("profile", "Who they are"),
    )
}

# One line a behaviour is worth more than the formatter's columns.
# fmt: off
BEHAVIOURS = (
    #         stem                    words                                   unit        family       measure                                              windows             says, concern, actionable
    Behaviour("days_since_purchase",  "Days since the last purchase",         "days",     "recency",   days_since_last(PURCHASES),                          EVER,               "Last purchase {} ago", "high", True),
    Behaviour("overdue",              "Lateness against the own rhythm",      "times",    "recency",   overdue(PURCHASES),                                  last(182),          "Last purchase {days_since_purchase} ago; usually every {purchase_gap_182d}", "high", True),
    Behaviour("silence_share",        "Share of the time as a customer that passed since the last purchase", "share", "recency", silence_share(PURCHASES),   EVER,               "Last purchase {days_since_purchase} ago, {} of the time as a customer", "high", True),
    Behaviour("purchase_gap",         "Days between purchases, on average",   "days",     "rhythm",    mean_gap(PURCHASES),                                 last(91, 182),      "Bought every {} {window}", "high", True),
    Behaviour("gap_spread",           "Irregularity of purchases",            "days",     "rhythm",    gap_spread(PURCHASES),                               last(182),          "Time between purchases varied by {} {window}"),
    Behaviour("longest_gap",          "Longest time between purchases",       "days",     "rhythm",    longest_gap(PURCHASES),                              last(91, 182),      "Longest time between purchases was {} {window}", "high"),
    Behaviour("purchase_days",        "Days with a purchase",                 "count",    "rhythm",    active_days(PURCHASES),                              last(182),          "Bought on {} [day|days] {window}; last purchase {days_since_purchase} ago", "low", True),
    Behaviour("monthly_days",         "Days with a purchase in every 30 as a customer", "number", "rhythm", monthly_days(PURCHASES),                  EVER,               "Bought on {} days in every 30 since the first purchase {days_as_customer} ago", "low", True),
    Behaviour("days_bought",          "Days with a purchase, ever",           "count",    "rhythm",    active_days(PURCHASES),                              EVER,               "Bought on {} [day|days] since the first purchase {days_as_customer} ago; last purchase {days_since_purchase} ago", None, True, grows=True),
    Behaviour("active_weeks",         "Weeks with a purchase",                "count",    "frequency", active_weeks(PURCHASES),                             last(28, 91, 182),  "Bought in {} [week|weeks] {window}", "low", True),
    Behaviour("orders",               "Purchases",                            "count",    "frequency", total(logs.ORDERS),                                  last(7, 14, 28, 56, 91, 182), "{} [purchase|purchases] {window}", "low", True),
    Behaviour("purchase_days",        "Days with a purchase",                 "count",    "frequency", active_days(PURCHASES),                              last(28, 91),       "Bought on {} [day|days] {window}", "low", True),
    Behaviour("lines",                "Items bought",                         "count",    "frequency", total(logs.LINES),                                   last(28, 182),      "{} [item|items] bought {window}", "low"),
    Behaviour("spend",                "Money spent",                          "money",    "spending",  total(logs.SPEND),                                   last(14, 28, 56, 91, 182), "{} spent {window}", "low", True),
    Behaviour("order_value",          "Money spent each time",                "price",    "spending",  ratio(logs.SPEND, logs.ORDERS),                      last(28, 91, 182),  "{} spent each time {window}"),
    Behaviour("basket_size",          "Items each time",                      "number",   "spending",  ratio(logs.LINES, logs.ORDERS),                      last(91, 182),      "{} items each time {window}"),
    Behaviour("item_price",           "Money paid for each item",             "price",    "spending",  ratio(logs.SPEND, logs.LINES),                       last(91, 182),      "{} paid for each item {window}"),
    Behaviour("largest_day",          "Most spent on one day",                "money",    "spending",  largest(logs.SPEND),                                 last(91),          "{} spent on the largest day {window}", "low"),
    Behaviour("orders_change",        "Change in purchases",                  "change",   "trend",     change(logs.ORDERS),                                 last(14, 28, 56, 91), "Purchases {window} were {} the {before}; typical is {typical}", "low", True),
    Behaviour("spend_change",         "Change in spending",                   "change",   "trend",     change(logs.SPEND),                                  last(28, 56, 91),   "Spending {window} was {} the {before}; typical is {typical}", "low", True),
    Behaviour("orders_slope",         "Rise in weekly purchases",            "slope",    "trend",     weekly_slope(logs.ORDERS),                           last(91, 182),      "Weekly purchases {} from week to week {window}", "low", True),
    Behaviour("spend_slope",          "Rise in weekly spending",              "money_slope", "trend",     weekly_slope(logs.SPEND),                            last(91),          "Weekly spending {} from week to week {window}", "low", True),
    Behaviour("categories",           "Different categories bought",          "count",    "variety",   variety(PURCHASES, "category"),                      last(28, 91),       "{} different [category|categories] bought {window}", "low", True),
    Behaviour("subcategories",        "Different kinds of product bought",    "count",    "variety",   variety(PURCHASES, "subcategory"),                   last(28, 91),       "{} different [kind|kinds] of product bought {window}", "low", True),
    Behaviour("category_share",       "Share of the main category",           "share",    "variety",   concentration(PURCHASES, "category"),                last(91),          "{} of items came from one category {window}"),
    Behaviour("main_category",        "Main category",                        "category", "variety",   favourite(PURCHASES, "category"),                    last(91),          "Bought mostly {} {window}"),
    Behaviour("channels",             "Different shops or channels used",     "count",    "variety",   variety(PURCHASES, "channel"),                       last(91),          "{} different [shop|shops] used {window}", "low"),
    Behaviour("channel_share",        "Share of the main shop or channel",    "share",    "variety",   concentration(PURCHASES, "channel"),                 last(91),          "{} of items came from one shop {window}"),
    Behaviour("saved_share",          "Share of the price saved by offers",   "share",    "discounts", share_of_both(logs.DISCOUNT, logs.SPEND),            last(28, 91, 182),  "{} of the price saved by offers {window}", None, True),
    Behaviour("cheap_share",          "Share of items bought on offer",       "share",    "discounts", ratio(logs.CHEAP_LINES, logs.LINES),                 last(91),          "{} of items bought on offer {window}", None, True),
    Behaviour("coupon_orders",        "Purchases with a coupon",              "count",    "discounts", total(logs.COUPON_ORDERS),                           last(91, 182),      "{} [purchase|purchases] with a coupon {window}", "low", True),
    Behaviour("coupon_saved",         "Money saved by coupons",               "money",    "discounts", total(logs.COUPON),                                  last(91, 182),      "{} saved by coupons {window}", None, True),
    Behaviour("returns",              "Items returned",                       "count",    "returns",   total(logs.RETURNS),                                 last(91, 182),      "{} [item|items] returned {window}", None, True),
    Behaviour("weekend_share",        "Share of purchases at the weekend",    "share",    "timing",    ratio(logs.WEEKEND_ORDERS, logs.ORDERS),             last(91, 182),      "{} of purchases fell on a weekend {window}"),
    Behaviour("evening_share",        "Share of purchases after 6 pm",        "share",    "timing",    ratio(logs.EVENING_ORDERS, logs.ORDERS),             last(91, 182),      "{} of purchases came after 6 pm {window}"),
    Behaviour("tenure",               "Days since the first purchase",        "days",     "tenure",    days_since_first(PURCHASES),                         last(182),          "First purchase {} ago, counting the last 182 days"),
    Behaviour("days_as_customer",     "Days since the first purchase ever",   "days",     "tenure",    days_since_first(PURCHASES),                         EVER,               "First purchase ever {} ago", grows=True),
    Behaviour("messages",             "Messages and offers sent",             "count",    "contact",   total(logs.MESSAGES),                                last(28, 91, 182),  "{} [offer|offers] sent {window}", None, True),
    Behaviour("days_since_message",   "Days since the last message",          "days",     "contact",   days_since_last(SENT),                               EVER,               "Last offer sent {} ago", None, True),
    Behaviour("redemptions",          "Offers redeemed",                      "count",    "contact",   total(logs.REDEMPTIONS),                             last(91, 182),      "{} [offer|offers] redeemed {window}", "low", True),
    Behaviour("days_since_redeemed",  "Days since an offer was redeemed",     "days",     "contact",   days_since_last(REDEEMED),                           EVER,               "Last offer redeemed {} ago", None, True),
    Behaviour("opened",               "Messages opened",                      "count",    "contact",   total(logs.OPENS),                                   last(91),          "{} [message|messages] opened {window}", "low", True),
    Behaviour("clicked",              "Messages clicked",                     "count",    "contact",   total(logs.CLICKS),                                  last(91),          "{} [message|messages] clicked {window}", "low", True),
)
# fmt: on


ATTRIBUTE = "attribute_"


def attribute(name: str) -> Behaviour:
    """Return the line of a customer attribute; its name is also its words.

    >>> attribute("home_ownership").words
    'Home ownership'
    """
    words = name.replace("_", " ").capitalize()
    measure = Attribute(CUSTOMERS, ATTRIBUTE + name)
    return Behaviour(ATTRIBUTE + name, words, "attribute", "profile", measure, EVER, f"{words} is {{}}")


def features_of(behaviours: Iterable[Behaviour]) -> tuple[Feature, ...]:
    """Return every column of some behaviours, in catalogue order."""
    return tuple(Feature(behaviour, window) for behaviour in behaviours for window in behaviour.windows)


def features_in(tables: Tables, behaviours: Iterable[Behaviour] = BEHAVIOURS) -> tuple[Feature, ...]:
    """Return the columns that these tables can give."""
    return features_of(behaviour for behaviour in behaviours if behaviour.is_in(tables))


@cache
def _by_name() -> dict[str, Feature]:
    return {feature.name: feature for feature in features_of(BEHAVIOURS)}


def feature_named(name: str) -> Feature:
    """Return the feature of that column name; raises KeyError for a name that no line makes."""
    if name.startswith(ATTRIBUTE):
        return Feature(attribute(name.removeprefix(ATTRIBUTE)), *EVER)
    return _by_name()[name]
