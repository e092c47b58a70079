"""Every behaviour the model may look at, one line each.

A line gives the column's stem, the words an analyst reads, the unit, the family, the measure, the windows, how a reason
says it, which values worry, and whether an action can change it. Columns, query, dictionary, reasons and tests follow from the line: there is
nothing else to edit. A line whose table or columns a user does not have falls away.
"""

from collections.abc import Iterable
from functools import cache

from pipeline.features import logs, spells
from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.dealings import (
    CARD_EXPIRES_IN,
    CSAT,
    CSAT_CHANGED,
    DAYS_OPEN,
    DAYS_TO_CLOSE,
    HAS_CARD,
    HAS_FAILED,
    HAS_METHOD,
    HAS_WORKED,
    IS_OPEN,
    IS_RATED,
    NPS,
    NPS_CHANGED,
    PAYMENT_METHOD,
    SATISFACTION,
    SCORE,
    SCORE_CHANGE,
    SCORED,
    WAS_OPENED,
)
from pipeline.features.first_days import first_active_days, first_total
from pipeline.features.logs import (
    CONTACTS,
    CUSTOMERS,
    JOINED,
    PAYMENTS,
    PURCHASES,
    REDEEMED,
    SENT,
    TICKETS,
    USAGE,
    Tables,
)
from pipeline.features.measures import (
    Attribute,
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
from pipeline.features.spells import RUNNING, SPELLS
from pipeline.features.states import ALL, DAYS_SINCE, count_of, highest, lowest, mean_of, newest, run_of
from pipeline.features.unseen_windows import learnable
from pipeline.features.windows import EVER, last

# One line a behaviour is worth more than the formatter's columns.
# fmt: off
BEHAVIOURS = (
    #         stem                    words                                   unit        family       measure                                              windows             says, concern, actionable
    Behaviour("days_since_purchase",  "Days since the last purchase",         "days",     "recency",   days_since_last(PURCHASES),                          EVER,               "Last purchase {} ago", "high", True),
    Behaviour("overdue",              "Lateness against the own rhythm",      "times",    "recency",   overdue(PURCHASES),                                  last(182),          "Last purchase {days_since_purchase} ago; usually every {purchase_gap_182d}", "high", True),
    Behaviour("silence_share",        "Share of the time as a customer that passed since the last purchase", "share", "recency", silence_share(PURCHASES),   EVER,               "Last purchase {days_since_purchase} ago: {} of the time as a customer", "high", True),
    Behaviour("purchase_gap",         "Days between purchases, on average",   "days",     "rhythm",    mean_gap(PURCHASES),                                 last(91, 182),      "Purchases {window} came {} after the one before, on average", "high", True),
    Behaviour("gap_spread",           "Irregularity of purchases",            "days",     "rhythm",    gap_spread(PURCHASES),                               last(182),          "Time between purchases varied by {} {window}"),
    Behaviour("longest_gap",          "Longest time between purchases",       "days",     "rhythm",    longest_gap(PURCHASES),                              last(91, 182),      "Longest wait before a purchase {window} was {}", "high"),
    Behaviour("purchase_days",        "Days with a purchase",                 "count",    "rhythm",    active_days(PURCHASES),                              last(182),          "[Did not buy|Bought on {} day|Bought on {} days] {window}; last purchase {days_since_purchase} ago", "low", True),
    Behaviour("monthly_days",         "Days with a purchase in every 30 as a customer", "number", "rhythm", monthly_days(PURCHASES),                  EVER,               "Bought on {} days in every 30 since the first purchase {days_as_customer} ago", "low", True),
    Behaviour("days_bought",          "Days with a purchase, ever",           "count",    "rhythm",    active_days(PURCHASES),                              EVER,               "Bought on {} [day|days] since the first purchase {days_as_customer} ago; last purchase {days_since_purchase} ago", None, True, grows=True),
    Behaviour("active_weeks",         "Weeks with a purchase",                "count",    "frequency", active_weeks(PURCHASES),                             last(28, 91, 182),  "[Bought in no week|Bought in {} week|Bought in {} weeks] {window}", "low", True),
    Behaviour("orders",               "Purchases",                            "count",    "frequency", total(logs.ORDERS),                                  last(7, 14, 28, 56, 91, 182), "{} [purchase|purchases] {window}", "low", True),
    Behaviour("purchase_days",        "Days with a purchase",                 "count",    "frequency", active_days(PURCHASES),                              last(28, 91),       "[Bought on no day|Bought on {} day|Bought on {} days] {window}", "low", True),
    Behaviour("lines",                "Items bought",                         "count",    "frequency", total(logs.LINES),                                   last(28, 182),      "[No item|{} item|{} items] bought {window}", "low"),
    Behaviour("spend",                "Money spent",                          "money",    "spending",  total(logs.SPEND),                                   last(14, 28, 56, 91, 182), "{} spent {window}", "low", True),
    Behaviour("order_value",          "Money spent each time",                "price",    "spending",  ratio(logs.SPEND, logs.ORDERS),                      last(28, 91, 182),  "{} spent each time {window}"),
    Behaviour("basket_size",          "Items each time",                      "number",   "spending",  ratio(logs.LINES, logs.ORDERS),                      last(91, 182),      "{} items each time {window}"),
    Behaviour("item_price",           "Money paid for each item",             "price",    "spending",  ratio(logs.SPEND, logs.LINES),                       last(91, 182),      "{} paid for each item {window}"),
    Behaviour("largest_day",          "Most spent on one day",                "money",    "spending",  largest(logs.SPEND),                                 last(91),          "{} spent on the largest day {window}", "low"),
    Behaviour("orders_change",        "Change in purchases",                  "change",   "trend",     change(logs.ORDERS),                                 last(14, 28, 56, 91), "Purchases {window} were {} the {before}; typical is {typical}", "low", True),
    Behaviour("spend_change",         "Change in spending",                   "change",   "trend",     change(logs.SPEND),                                  last(28, 56, 91),   "Spending {window} was {} the {before}; typical is {typical}", "low", True),
    Behaviour("orders_slope",         "Rise in weekly purchases",            "slope",    "trend",     weekly_slope(logs.ORDERS),                           last(91, 182),      "Weekly purchases {} from week to week {window}", "low", True),
    Behaviour("spend_slope",          "Rise in weekly spending",              "money_slope", "trend",     weekly_slope(logs.SPEND),                            last(91),          "Weekly spending {} from week to week {window}", "low", True),
    Behaviour("categories",           "Different categories bought",          "count",    "variety",   variety(PURCHASES, "category"),                      last(28, 91),       "[Bought from no category|Bought from {} category|Bought from {} different categories] {window}", "low", True),
    Behaviour("subcategories",        "Different kinds of product bought",    "count",    "variety",   variety(PURCHASES, "subcategory"),                   last(28, 91),       "[No kind of product bought|{} kind of product bought|{} different kinds of product bought] {window}", "low", True),
    Behaviour("category_share",       "Share of the main category",           "share",    "variety",   concentration(PURCHASES, "category"),                last(91),          "{} of items came from one category {window}"),
    Behaviour("main_category",        "Main category",                        "category", "variety",   favourite(PURCHASES, "category"),                    last(91),          "Bought mostly {} {window}"),
    Behaviour("channels",             "Different shops or channels used",     "count",    "variety",   variety(PURCHASES, "channel"),                       last(91),          "[No shop|{} shop|{} different shops] used {window}", "low"),
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


    Behaviour("days_since_use",       "Days since the last use",              "days",     "absence",   days_since_last(USAGE),                              EVER,               "Last used {} ago", "high", True),
    Behaviour("use_overdue",          "Lateness against the own rhythm of use", "times",  "absence",   overdue(USAGE),                                      last(91),           "Last used {days_since_use} ago; usually every {use_gap_91d}", "high", True),
    Behaviour("use_gap",              "Days between uses, on average",        "days",     "use",       mean_gap(USAGE),                                     last(91),           "Uses {window} came {} after the one before, on average", "high", True),
    Behaviour("use_gap_spread",       "Irregularity of use",                  "days",     "use_habits", gap_spread(USAGE),                                  last(91),           "Time between uses varied by {} {window}"),
    Behaviour("longest_break",        "Longest time between uses",            "days",     "use",       longest_gap(USAGE),                                  last(91),           "Longest wait before a use {window} was {}", "high"),
    Behaviour("use_days",             "Days with a use",                      "count",    "use",       active_days(USAGE),                                  last(7, 28, 91),    "[Used on no day|Used on {} day|Used on {} days] {window}", "low", True),
    Behaviour("use_weeks",            "Weeks with a use",                     "count",    "use",       active_weeks(USAGE),                                 last(91),           "[Used in no week|Used in {} week|Used in {} weeks] {window}", "low", True),
    Behaviour("uses",                 "Uses",                                 "count",    "use",       total(logs.USES),                                    last(7, 28, 91),    "{} [use|uses] {window}", "low", True),
    Behaviour("amount_used",          "Amount used",                          "amount",   "use",       total(logs.AMOUNT_USED),                             last(28, 91),       "Use added up to {} {window}", "low", True),
    Behaviour("amount_each",          "Amount used each time",                "number",   "use_habits", ratio(logs.AMOUNT_USED, logs.USES),                 last(91),           "{} used each time {window}"),
    Behaviour("uses_change",          "Change in uses",                       "change",   "use_trend", change(logs.USES),                                   last(14, 28, 91),   "Uses {window} were {} the {before}; typical is {typical}", "low", True),
    Behaviour("amount_change",        "Change in the amount used",            "change",   "use_trend", change(logs.AMOUNT_USED),                            last(28),           "Amount used {window} was {} the {before}; typical is {typical}", "low", True),
    Behaviour("uses_slope",           "Rise in weekly uses",                  "slope",    "use_trend", weekly_slope(logs.USES),                             last(91),           "Weekly uses {} from week to week {window}", "low", True),
    Behaviour("things_done",          "Different things done",                "count",    "use_habits", variety(USAGE, "event"),                            last(28, 91),       "[Nothing|{} thing|{} different things] done {window}", "low", True),
    Behaviour("main_use",             "Main use",                             "category", "use_habits", favourite(USAGE, "event"),                          last(91),           "Mostly used for {} {window}"),
    Behaviour("main_use_share",       "Share of the main use",                "share",    "use_habits", concentration(USAGE, "event"),                      last(91),           "{} of uses were of one kind {window}"),
    Behaviour("use_channels",         "Different ways to use it",             "count",    "use_habits", variety(USAGE, "channel"),                          last(91),           "[Used through no channel|Used through {} channel|Used through {} different channels] {window}", "low"),
    Behaviour("main_use_channel",     "Main way to use it",                   "category", "use_habits", favourite(USAGE, "channel"),                        last(91),           "Mostly used through {} {window}"),
    Behaviour("weekend_use_share",    "Share of uses at the weekend",         "share",    "use_habits", ratio(logs.WEEKEND_USES, logs.USES),                last(91),           "{} of uses fell on a weekend {window}"),
    Behaviour("evening_use_share",    "Share of uses after 6 pm",             "share",    "use_habits", ratio(logs.EVENING_USES, logs.USES),                last(91),           "{} of uses came after 6 pm {window}"),
    Behaviour("first_month_uses",     "Uses in the first 30 days",            "count",    "first_month", first_total(logs.USES),                            EVER,               "{} [use|uses] in the first 30 days", "low"),
    Behaviour("first_month_use_days", "Days with a use among the first 30",   "count",    "first_month", first_active_days(USAGE),                          EVER,               "[Not used|Used on {} day|Used on {} days] in the first 30 days", "low"),
    Behaviour("use_tenure",           "Days since the first use",             "days",     "tenure",    days_since_first(USAGE),                             last(182),          "First used {} ago, counting the last 182 days"),
    Behaviour("days_since_joined",    "Days since joining",                   "days",     "tenure",    days_since_first(JOINED),                            EVER,               "Joined {} ago"),

    Behaviour("plan",                 "Plan",                                 "category", "plan",      newest(SPELLS, spells.PLAN, RUNNING),                EVER,               "On the plan {}"),
    Behaviour("plan_price",           "Price of the plan, each time it is paid", "price", "plan",      newest(SPELLS, spells.PRICE, RUNNING),               EVER,               "Each payment for the plan is {}"),
    Behaviour("monthly_price",        "Price of the plan for 30 days",        "price",    "plan",      newest(SPELLS, spells.MONTHLY_PRICE, RUNNING),       EVER,               "30 days of the plan cost {}"),
    Behaviour("price_change",         "Last change of the price",             "change",   "plan",      newest(SPELLS, spells.PRICE_CHANGE, spells.PRICE_CHANGED), EVER,         "The last change put the price {} the one before; typical is {typical}", "high", True),
    Behaviour("price_rises",          "Price rises on the same plan",         "count",    "plan",      count_of(SPELLS, spells.PRICE_ROSE),                 last(91, 365),      "{} price [rise|rises] on the same plan {window}", "high", True),
    Behaviour("days_since_price_rise", "Days since the price rose on the same plan", "days", "plan",    newest(SPELLS, DAYS_SINCE, spells.PRICE_ROSE), EVER,              "The price rose {} ago", None, True),
    Behaviour("upgrades",             "Changes to a dearer plan",             "count",    "plan",      count_of(SPELLS, spells.UPGRADED),                   last(182),          "{} [change|changes] to a dearer plan {window}"),
    Behaviour("downgrades",           "Changes to a cheaper plan",            "count",    "plan",      count_of(SPELLS, spells.DOWNGRADED),                 last(182),          "{} [change|changes] to a cheaper plan {window}", None, True),
    Behaviour("running_spells",       "Subscriptions running",                "count",    "contract",  count_of(SPELLS, RUNNING),                           EVER,               "{} [subscription is|subscriptions are] running", "low"),
    Behaviour("billing_days",         "Days that a payment covers",           "days",     "contract",  newest(SPELLS, spells.BILLING_DAYS, RUNNING),        EVER,               "Pays for {} at a time"),
    Behaviour("days_on_plan",         "Days on the present plan",             "days",     "contract",  newest(SPELLS, spells.DAYS_ON_PLAN, RUNNING),        EVER,               "On the present plan for {}"),
    Behaviour("days_to_term_end",     "Days until the term ends",             "days_until_end", "contract", newest(SPELLS, spells.DAYS_TO_TERM_END, RUNNING), EVER,             "The term {}", None, True),
    Behaviour("days_to_renewal",      "Days until the next period is paid",   "days_until_renewal", "contract", newest(SPELLS, spells.DAYS_TO_RENEWAL, RUNNING), EVER,          "The subscription {}", None, True),
    Behaviour("spells_ended",         "Plans, prices and subscriptions that ended", "count", "contract", count_of(SPELLS, spells.ENDED),                    EVER,               "{} earlier [plan, price or subscription|plans, prices or subscriptions] ended"),
    Behaviour("cancellations",        "Earlier cancellations",                "count",    "contract",  count_of(SPELLS, spells.CANCELLED),                  EVER,               "[Has not cancelled before|Cancelled once before|Cancelled {} times before]", "high"),
    Behaviour("days_subscribed",      "Days since the first subscription",    "days",     "tenure",    highest(SPELLS, DAYS_SINCE),                            EVER,               "First subscribed {} ago"),

    Behaviour("failed_payments",      "Payments that failed",                 "count",    "payments",  total(logs.FAILURES),                                last(28, 91, 182),  "{} [payment|payments] failed {window}", "high", True),
    Behaviour("failed_run",           "Payments that failed since the last that worked", "count", "payments", run_of(PAYMENTS, HAS_FAILED, HAS_WORKED),    EVER,               "[No payment has failed since the last that worked|The last payment failed|The last {} payments failed]<; the card {card_expires_in}>", "high", True),
    Behaviour("failed_share",         "Share of payments that failed",        "share",    "payments",  ratio(logs.FAILURES, logs.ATTEMPTS),                 last(182),          "{} of payments failed {window}", "high", True),
    Behaviour("days_since_failed",    "Days since a payment failed",          "days",     "payments",  newest(PAYMENTS, DAYS_SINCE, HAS_FAILED),                             EVER,               "A payment failed {} ago", None, True),
    Behaviour("days_since_paid",      "Days since a payment worked",          "days",     "payments",  newest(PAYMENTS, DAYS_SINCE, HAS_WORKED),                               EVER,               "The last payment that worked was {} ago", None, True),
    Behaviour("payments_made",        "Payments that worked",                 "count",    "spending",  total(logs.PAYMENTS_MADE),                           last(182),          "{} [payment|payments] worked {window}"),
    Behaviour("paid",                 "Money paid",                           "money",    "spending",  total(logs.MONEY_PAID),                              last(91, 182),      "{} paid {window}"),
    Behaviour("refunds",              "Refunds",                              "count",    "returns",   total(logs.REFUNDS),                                 last(182),          "{} [refund|refunds] {window}"),
    Behaviour("refunded",             "Money refunded",                       "money",    "returns",   total(logs.MONEY_REFUNDED),                          last(182),          "{} refunded {window}"),
    Behaviour("card_expires_in",      "Days until the card expires",          "days_until_expiry", "payments", newest(PAYMENTS, CARD_EXPIRES_IN, HAS_CARD),   EVER,               "The card {}", None, True),
    Behaviour("payment_method",       "Way of paying",                        "category", "payments",  newest(PAYMENTS, PAYMENT_METHOD, HAS_METHOD),        EVER,               "Pays by {}"),

    Behaviour("tickets",              "Tickets opened",                       "count",    "service",   total(logs.TICKETS_OPENED),                          last(28, 91, 182),  "{} [ticket|tickets] opened {window}", None, True),
    Behaviour("urgent_tickets",       "Urgent tickets opened",                "count",    "service",   total(logs.URGENT_TICKETS),                          last(91, 182),      "{} urgent [ticket|tickets] opened {window}", "high", True),
    Behaviour("days_since_ticket",    "Days since a ticket was opened",       "days",     "service",   newest(TICKETS, DAYS_SINCE),                            EVER,               "Last ticket opened {} ago", None, True),
    Behaviour("open_tickets",         "Tickets still open",                   "count",    "service",   count_of(TICKETS, IS_OPEN),                          EVER,               "{} [ticket is|tickets are] still open", "high", True),
    Behaviour("days_waiting",         "Days that the oldest open ticket has waited", "days", "service", highest(TICKETS, DAYS_OPEN, IS_OPEN),              EVER,               "The oldest open ticket has waited for {}", "high", True),
    Behaviour("days_to_close",        "Days until tickets were closed, on average", "days", "service",  mean_of(TICKETS, DAYS_TO_CLOSE),                    last(182),          "Tickets took {} to be closed {window}", "high", True),
    Behaviour("slowest_close",        "Days until the slowest ticket was closed", "days", "service",   highest(TICKETS, DAYS_TO_CLOSE),                     last(182),          "The slowest ticket took {} to be closed {window}", "high", True),
    Behaviour("satisfaction",         "Satisfaction with tickets, on average", "number",  "service",   mean_of(TICKETS, SATISFACTION),                      last(182),          "Tickets were rated {} of 5 {window}", "low", True),
    Behaviour("worst_satisfaction",   "Lowest satisfaction with a ticket",    "points",   "service",   lowest(TICKETS, SATISFACTION),                       last(182),          "The worst ticket was rated {} of 5 {window}", "low", True),
    Behaviour("last_satisfaction",    "Satisfaction with the last ticket rated", "points", "service",  newest(TICKETS, SATISFACTION, IS_RATED),             EVER,               "The last ticket rated got {} of 5", "low", True),
    Behaviour("topics",               "Different topics of tickets",          "count",    "service",   variety(TICKETS, "topic"),                           last(182),          "[Asked about nothing|Asked about {} topic|Asked about {} different topics] {window}"),
    Behaviour("main_topic",           "Main topic of tickets",                "category", "service",   favourite(TICKETS, "topic"),                         last(182),          "Asked mostly about {} {window}"),

    Behaviour("nps",                  "Last answer on recommending us",       "points",   "surveys",   newest(SCORED, SCORE, NPS),                       EVER,               "Would recommend us: {} of 10, as last answered", "low", True),
    Behaviour("nps_change",           "Change in recommending us",            "step",     "surveys",   newest(SCORED, SCORE_CHANGE, NPS_CHANGED),         EVER,               "The answer on recommending us {} the last time", "low", True),
    Behaviour("days_since_nps",       "Days since the answer on recommending us", "days", "surveys",   newest(SCORED, DAYS_SINCE, NPS),                                EVER,               "Last said {} ago whether they would recommend us"),
    Behaviour("csat",                 "Last answer on satisfaction",          "points",   "surveys",   newest(SCORED, SCORE, CSAT),                      EVER,               "Satisfaction: {}, as last answered", "low", True),
    Behaviour("csat_change",          "Change in satisfaction",               "step",     "surveys",   newest(SCORED, SCORE_CHANGE, CSAT_CHANGED),        EVER,               "The answer on satisfaction {} the last time", "low", True),
    Behaviour("days_since_csat",      "Days since the answer on satisfaction", "days",    "surveys",   newest(SCORED, DAYS_SINCE, CSAT),                               EVER,               "Last said {} ago how content they are"),
    Behaviour("worst_nps",            "Lowest answer on recommending us",     "points",   "surveys",   lowest(SCORED, SCORE, NPS),                                  last(365),          "The lowest answer on recommending us was {} of 10 {window}", "low"),
    Behaviour("survey_answers",       "Answers to surveys",                   "count",    "surveys",   count_of(SCORED, ALL),                                 last(365),          "{} survey [answer|answers] {window}"),

    Behaviour("open_share",           "Share of messages opened",             "share",    "contact",   ratio(logs.OPENED_AMONG_ALL, logs.SENT_AMONG_ALL),   last(91),           "Messages opened were {} of those sent {window}", "low", True),
    Behaviour("days_since_opened",    "Days since a message was opened",      "days",     "contact",   newest(CONTACTS, DAYS_SINCE, WAS_OPENED),                             EVER,               "Last message opened {} ago", None, True),
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


def every_feature() -> tuple[Feature, ...]:
    """Return every column there can be: those of the lines, and those over all time that stand in for a window unseen."""
    declared = features_of(BEHAVIOURS)
    no_days = {feature.behaviour.measure.log.kind: 0 for feature in declared}
    return (*declared, *(feature for feature in learnable(declared, no_days) if feature.window.so_far))


def features_in(tables: Tables) -> tuple[Feature, ...]:
    """Return the columns that these tables can give."""
    return features_of(behaviour for behaviour in BEHAVIOURS if behaviour.is_in(tables))


@cache
def _by_name() -> dict[str, Feature]:
    return {feature.name: feature for feature in every_feature()}


def feature_named(name: str) -> Feature:
    """Return the feature of that column name; raises KeyError for a name that no line makes."""
    if name.startswith(ATTRIBUTE):
        return Feature(attribute(name.removeprefix(ATTRIBUTE)), *EVER)
    return _by_name()[name]
