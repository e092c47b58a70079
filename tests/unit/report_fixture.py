"""A made-up business of 300 customers, seeded: everything the report is given, in the shape earlier stages write it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from pipeline.campaign.spreadsheet import DECIMALS
from pipeline.contract.summary import Days
from pipeline.features.catalogue import feature_named
from pipeline.features.families import FAMILIES
from pipeline.monitoring.feed import Volume, volumes
from pipeline.profit import Offer
from pipeline.reports.findings import Findings
from pipeline.reports.history import History
from pipeline.reports.segments import SEGMENTS, VALUE_BANDS
from pipeline.scoring.reasons import NO_DRIVER

AS_OF = date(2024, 3, 4)
NAMES = (
    "days_since_purchase", "overdue_182d", "purchase_gap_182d", "orders_28d", "orders_91d", "spend_91d",
    "order_value_91d", "spend_change_56d",
    "categories_91d", "main_category_91d", "saved_share_91d", "weekend_share_91d", "tenure_182d",
    "messages_91d", "days_since_message",
)  # fmt: skip
HOSTILE = ("=cmd()", "</script>", '"><img src=x onerror=alert(1)>', "../x", "00123", "9876543210987654321098765")
CODES = (
    "opted_out", "payment_route", "cooldown", "lost_cause", "sure_thing",
    "below_value", "holdout", "capacity", "budget", "contact",
)  # fmt: skip


@dataclass(frozen=True)
class StandIn:
    """A model that gives back contributions drawn beforehand."""

    features: tuple[str, ...]
    families: tuple[str, ...]
    by_customer: pd.DataFrame

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """Return what was drawn for these customers."""
        return self.by_customer.loc[frame["customer_id"]].to_numpy()


def findings(customers: int = 300, seed: int = 7, **other: Any) -> Findings:
    """Return what the report is made of; `other` replaces parts."""
    draw = np.random.default_rng(seed)
    features = _features(draw, customers)
    families = tuple(feature_named(name).family for name in NAMES)
    contributions = draw.normal(0, 0.4, (customers, len(NAMES))) * np.linspace(1.8, 0.2, len(NAMES))
    model = StandIn(NAMES, families, pd.DataFrame(contributions, index=features["customer_id"], columns=list(NAMES)))
    by_family = {key: contributions[:, np.array(families) == key].sum(axis=1) for key in FAMILIES if key in families}
    scores = _scores(draw, features, -1.4, sum(by_family.values()))
    reasons = _reasons(features, by_family, scores).set_index("customer_id").loc[scores["customer_id"]].reset_index()
    listed = _listed(draw, scores, reasons)
    found = Findings(
        contract=_contract(customers),
        evaluation=evaluation(),
        campaign=_campaign(listed),
        kpis=_kpis(),
        scores=scores,
        reasons=reasons,
        listed=listed,
        features=features,
        history=History(_history(draw, features), "Purchases a week", "purchase", "purchases"),
        model=model,
        save_rate=0.2,
        drift=drift(),
        volumes=volumes_of_four_weeks(),
        changes={
            "as_of_before": "2024-05-02",
            "as_of_now": "2024-06-01",
            "new": 12,
            "gone": 9,
            "moved": 31,
            "top_jaccard": 0.82,
        },
        answers={"win_back_voucher": ("recency", "rhythm", "frequency")},
        offers=[Offer(0.2, 0.3, 5.0, 0.2), Offer(0.2, 0.3, 0.0, 4.0)],
        segments=pd.Series(
            draw.choice([one.words for one in SEGMENTS], customers), index=features["customer_id"].to_numpy()
        ),
    )
    return replace(found, **other)


def volumes_of_four_weeks(missing: Sequence[int] = (22,)) -> dict[str, list[Volume]]:
    """Return two logs up to the day of the list: purchases, closed on Sundays, without a row on some days; few messages."""
    days = [AS_OF - timedelta(days=back) for back in range(7 * 14, 0, -1)]
    bought = {day: 0 if day.weekday() == 6 else 1_500 + 40 * day.day for day in days}
    bought |= {AS_OF - timedelta(days=28 - place): 0 for place in missing}
    sent = {day: 5 for day in days if day.weekday() == 0}
    return {"purchases": volumes(Days(bought), AS_OF), "contacts": volumes(Days(sent), AS_OF)}


def made_up_purchases(customers: int = 60, seed: int = 3) -> ibis.Table:
    """Return a year of purchases, some customers stopping on the way."""
    draw = np.random.default_rng(seed)
    days = [
        (f"C{customer:03}", date(2023, 1, 1) + timedelta(days=int(day)), int(draw.integers(100, 9_000)))
        for customer in range(customers)
        for day in np.cumsum(draw.integers(1, 40, int(draw.integers(3, 25))))
        if day < 365
    ]
    return ibis.memtable(pd.DataFrame(days, columns=["customer_id", "event_day", "amount"]))


def _features(draw: np.random.Generator, customers: int) -> pd.DataFrame:
    ids = [*HOSTILE, *(f"C-{number:06}" for number in range(customers - len(HOSTILE)))]
    columns: dict[str, Any] = {"customer_id": ids, "as_of": AS_OF}
    of_unit = {
        "days": lambda: draw.integers(1, 150, customers),
        "count": lambda: draw.integers(0, 30, customers),
        "money": lambda: draw.integers(0, 90_000, customers),
        "category": lambda: draw.choice(["Bakery", "Dairy", "Drinks & co"], customers),
    }
    for name in NAMES:
        columns[name] = of_unit.get(feature_named(name).unit, lambda: draw.uniform(0, 1.5, customers).round(3))()
    frame = pd.DataFrame(columns)
    frame["days_since_message"] = frame["days_since_message"].astype("float64").where(draw.random(customers) > 0.2)
    return frame


def _scores(draw: np.random.Generator, features: pd.DataFrame, base: float, pushes: np.ndarray) -> pd.DataFrame:
    log_odds = base + pushes
    probability = 1 / (1 + np.exp(-log_odds))
    value = draw.lognormal(5, 0.9, len(features))
    scores = pd.DataFrame(
        {
            "customer_id": features["customer_id"],
            "as_of": AS_OF,
            "churn_probability": probability,
            "log_odds": log_odds,
            "base_log_odds": base,
            "risk_band": np.array(["low", "medium", "high", "very_high"])[
                np.searchsorted([0.1, 0.25, 0.5], probability)
            ],
            "customer_value": value,
            "expected_loss": probability * value,
            "model_version": "0123456789ab",
            "run_id": "ba9876543210",
        }
    )
    ordered = scores.sort_values("log_odds", ascending=False, ignore_index=True)
    ordered.insert(5, "risk_rank", np.arange(1, len(ordered) + 1))
    return ordered


def _reasons(features: pd.DataFrame, by_family: dict[str, np.ndarray], scores: pd.DataFrame) -> pd.DataFrame:
    log_odds = scores.set_index("customer_id").loc[features["customer_id"], "log_odds"].to_numpy()
    base = scores["base_log_odds"].iloc[0]
    chord = 100 * (1 / (1 + np.exp(-log_odds)) - 1 / (1 + np.exp(-base))) / (log_odds - base)
    keys, points = list(by_family), np.column_stack(list(by_family.values())) * chord[:, None]
    rows = [_reasons_of(keys, points[place]) for place in range(len(features))]
    contributions = {f"contribution_{key}": by_family[key] for key in keys}
    return pd.DataFrame({"customer_id": features["customer_id"], "as_of": AS_OF, **contributions}).join(
        pd.DataFrame(rows)
    )


def _reasons_of(keys: list[str], points: np.ndarray) -> dict[str, Any]:
    order = np.argsort(-points)
    row: dict[str, Any] = {}
    for place in range(3):
        family = int(order[min(place, len(order) - 1)])
        row |= _reason(f"reason_{place + 1}", keys, points, family, place < len(order) and points[family] >= 1)
    row["reason_1"] = row["reason_1"] or NO_DRIVER
    row |= _reason("protective_reason", keys, points, int(order[-1]), points[order[-1]] <= -1)
    return row | _reason("actionable_reason", keys, points, int(order[0]), points[order[0]] >= 1)


def _reason(column: str, keys: list[str], points: np.ndarray, family: int, holds: bool) -> dict[str, Any]:
    if not holds:
        return {column: None, f"{column}_family": None, f"{column}_points": np.nan}
    says = f"Last purchase {family + 20} days ago; usually every {family + 3} days."
    return {column: says, f"{column}_family": keys[family], f"{column}_points": float(points[family])}


def _listed(draw: np.random.Generator, scores: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    rows = scores[["customer_id", "churn_probability", "customer_value", "as_of", "model_version"]].copy()
    rows["as_of"] = rows["as_of"].astype(str)
    rows["expected_net_value"] = rows["churn_probability"] * rows["customer_value"] * 0.2 - 4
    codes = draw.choice(["cooldown", "capacity", "budget", "opted_out"], len(rows))
    rows["decision"] = np.where(rows["expected_net_value"] <= 0, "below_value", codes)
    rows.loc[rows["churn_probability"] < 0.05, "decision"] = "sure_thing"
    best = rows[rows["decision"].isin(["capacity", "budget"])].nlargest(50, "expected_net_value").index
    rows.loc[best, "decision"] = np.where(np.arange(len(best)) % 5 == 4, "holdout", "contact")
    rows.loc[rows["customer_id"].isin(HOSTILE), "decision"] = "contact"
    contacted = rows["decision"] == "contact"
    rows["action"] = np.where(contacted, "win_back_voucher", None)
    rows["channel"] = np.where(contacted, "e-mail", None)
    rows["arm"] = rows["decision"].map({"contact": "treatment", "holdout": "control"}).fillna("none")
    rows["campaign_id"] = f"keep-{AS_OF}"
    told = ["reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"]
    rows = rows.merge(reasons[["customer_id", *told]], on="customer_id")
    place = rows["decision"].map({"contact": 0, "holdout": 1}).fillna(2)
    return (
        rows.assign(place=place)
        .sort_values(["place", "expected_net_value"], ascending=[True, False])
        .drop(columns="place")
        .round(DECIMALS)
    )


def _campaign(listed: pd.DataFrame) -> dict[str, Any]:
    counts = listed["decision"].value_counts()
    contacted = listed[listed["decision"] == "contact"]
    worth = float(contacted["expected_net_value"].sum())
    return {
        "campaign_id": f"keep-{AS_OF}",
        "as_of": str(AS_OF),
        "model_version": "0123456789ab",
        "customers": len(listed),
        "decisions": {code: {"customers": int(counts.get(code, 0)), "words": f"Said of {code}."} for code in CODES},
        "contacted": len(contacted),
        "controls": int(counts.get("holdout", 0)),
        "budget": {"available": 600.0, "expected_spend": 412.5},
        "capacity": 150,
        "expected_net_value": {
            "value": worth,
            "at_half_save_rate": worth * 0.3,
            "at_one_and_a_half_save_rate": worth * 1.7,
        },
        "break_even_save_rate": 0.031,
        "by_action": [
            {
                "action": "win_back_voucher",
                "words": "Send a voucher for the next visit",
                "customers": len(contacted),
                "expected_net_value": worth,
            }
        ],
        "why_empty": None if len(contacted) else "Nobody is contacted. Of 300 customers at risk, 200: Said of budget.",
        "power": {
            "comparable_controls": 7,
            "smallest_provable_effect": 0.24,
            "expected_effect": 0.08,
            "lists_needed_together": 10,
        },
        "assumptions": ["An offer keeps 20% of those who would leave."],
    }


def _history(draw: np.random.Generator, features: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (customer, int(week), int(draw.integers(1, 5)))
        for customer in features["customer_id"]
        for week in range(26)
        if draw.random() < 0.4
    ]
    return pd.DataFrame(rows, columns=["customer_id", "weeks_ago", "orders"])


def _contract(customers: int) -> dict[str, Any]:
    purchases = {
        "rows": 12_345,
        "customers": customers,
        "quarantined": 0,
        "duplicates": 2,
        "first_day": "2023-01-01",
        "last_day": "2024-03-03",
    }
    return {
        "time_zone": "Europe/Oslo",
        "currency": "EUR",
        "data_start": "2023-01-01",
        "data_end": str(AS_OF),
        "tables": {"purchases": purchases, "contacts": {**purchases, "rows": 901, "quarantined": 3}},
        "attributes": {},
        "warnings": ["3 rows of contacts have a day before the first purchase."],
    }


def _between(value: float, width: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - width, "high": value + width}


def evaluation(**other: Any) -> dict[str, Any]:
    """Return an evaluation in which every check holds."""
    said = [0.02, 0.05, 0.08, 0.12, 0.17, 0.24, 0.35, 0.49, 0.64, 0.82]
    curve = [step / 50 for step in range(51)]
    verdicts = [
        ("enough_data", "812 churners are enough."),
        ("ranking", "It ranks better than the best rule."),
        ("calibration", "Chances can be read as they stand."),
    ]
    rules = [
        ("recency", "Days since the last purchase", 0.793),
        ("frequency", "Purchases in half a year", 0.764),
        ("rfm_logistic", "Recency, frequency, money", 0.778),
    ]
    return {
        "model_version": "0123456789ab",
        "run_id": "ba9876543210",
        "task": {"label": "inactivity", "horizon_days": 28, "gap_days": 0, "at_risk_days": 182},
        "as_of": {"train": ["2023-09-01", "2023-10-01"], "test": ["2023-12-01", "2024-01-01"]},
        "rows": {
            "train": {"snapshots": 900, "customers": 300, "churners": 190},
            "test": {"snapshots": 600, "customers": 300, "churners": 121},
        },
        "metrics": {
            "auc": _between(0.831),
            "average_precision": _between(0.55),
            "log_loss": _between(0.31),
            "brier": _between(0.1),
            "calibration_slope": _between(1.02, 0.1),
            "calibration_intercept": _between(-0.03),
            "ece": _between(0.012),
            "emp": {"value": 1.2, "low": 1.1, "high": 1.3},
        },
        "lift": [{"top_share": share, **_between(lift, 0.3)} for share, lift in ((0.05, 4.4), (0.1, 3.9), (0.2, 3.1))],
        "baselines": [
            {
                "name": name,
                "words": words,
                "auc": _between(auc),
                "log_loss": _between(0.35) if name == "rfm_logistic" else None,
                "auc_gain": _between(0.831 - auc, 0.01),
                "log_loss_gain": _between(0.04) if name == "rfm_logistic" else None,
            }
            for name, words, auc in rules
        ],
        "by_as_of": [
            {
                "as_of": day,
                "snapshots": 300,
                "churners": 60,
                "churn_share": 0.2,
                "mean_probability": 0.21,
                "auc": _between(0.83),
                "log_loss": _between(0.3),
                "new_customers": _part_of_test(12),
            }
            for day in ("2023-12-01", "2024-01-01")
        ],
        "reliability": [
            {
                "from_probability": p - 0.02,
                "to_probability": p + 0.02,
                "snapshots": 60,
                "mean_probability": p,
                "churn_share": p * 1.03,
                "low": p * 0.8,
                "high": min(p * 1.3, 1),
            }
            for p in said
        ],
        "gain_curve": [_on_curve(share, "found_share", 1 - (1 - share) ** 3, 0.02) for share in curve],
        "profit_curve": [_on_curve(share, "profit", 60 * share * (0.5 - share), 1.0) for share in curve],
        "rule_curve": {
            "words": "longest since the last purchase",
            "gain_curve": [{"contacted_share": share, "found_share": 1 - (1 - share) ** 2} for share in curve],
        },
        "by_lead": [
            *(_lead(days, 0.83 - 0.001 * days) for days in (0, 14)),
            {"lead_days": 30, "known_from": "2024-03-31"},
            {"lead_days": 60, "known_from": "2024-04-30"},
        ],
        "reason_stability": {
            "retrainings": 5,
            "rows": 600,
            "agreement": 0.86,
            "by_family": {
                key: {"rows": 60, "agreement": 0.95 - 0.07 * place}
                for place, key in enumerate(("rhythm", "recency", "frequency", "spending", "trend"))
            },
            "sentence": "Learnt anew 5 times, 86% of main reasons stay the same.",
        },
        "verdicts": [{"key": key, "holds": True, "sentence": sentence} for key, sentence in verdicts],
        **_parts(),
    } | other


def _lead(days: int, auc: float) -> dict[str, Any]:
    part = {"snapshots": 600, "churners": 120, "churn_share": 0.2, "mean_probability": 0.21}
    told = {**part, "auc": _between(auc), "log_loss": _between(0.3), "new_customers": _part_of_test(40, 0.7)}
    return {"lead_days": days, "known_from": None, **told}


def _on_curve(share: float, name: str, value: float, spread: float) -> dict[str, float]:
    off = spread * np.sin(np.pi * share)
    return {"contacted_share": share, name: value, "low": value - off, "high": value + off}


def drift() -> dict[str, Any]:
    """Return drift.json as its stage writes it."""

    def moved(words: str, index: float, *, drifted: bool = False) -> dict[str, Any]:
        return {
            "name": words.lower(), "words": words, "family": "recency", "statistic": index, "threshold": 0.1,
            "drifted": drifted, "missing_then": 0.02, "missing_now": 0.04,
        }  # fmt: skip

    answered = {"as_of": "2024-05-04", "customers": 310, "expected_share": 0.19, "expected_auc": 0.84}
    return {
        "verdict": "1 behaviour has moved since the model learned (Days since the last message); the risks themselves have "
        "not moved.",
        "learnt_from": {"snapshots": 1_900, "customers": 420},
        "compared": {"customers": 300},
        "false_alarm_share": 0.01,
        "features": [
            moved("Days since the last message", 0.31, drifted=True),
            moved("Money spent in the last 28 days", 0.04),
        ],
        "score": moved("Risk of leaving", 0.03),
        "estimate": {"churned_share": 0.2, "auc": 0.83, "blindness": "Only answers will tell."},
        "maturity": [
            answered | {"churned_share": 0.2, "auc": 0.83},
            answered | {"as_of": "2024-06-01", "pending_until": "2024-06-29"},
        ],
    }


NEW = "New customers (first month)"


def _part_of_test(snapshots: int, auc: float = 0.8) -> dict[str, Any]:
    """Return what is said of some rows of the test; of few no more than the number."""
    if snapshots < 20:
        return {"snapshots": snapshots}
    counted = {"snapshots": snapshots, "churners": snapshots // 5, "churn_share": 0.2, "mean_probability": 0.19}
    return counted | {"auc": _between(auc), "log_loss": _between(0.3)}


def _parts() -> dict[str, Any]:
    """Return the parts of evaluation.json that judge some customers, or the members of the model."""
    new = {"words": NEW, **_part_of_test(40, 0.71)}
    tenures = [("Months 2 and 3", 60), ("Months 4 to 12", 180), ("After a year", 320)]
    values = [("Lowest third", 187), ("Middle third", 187), ("Highest third", 186)]
    told = "40 answers are of customers in their first month. Among them the model ranks no better than recency."
    return {
        "by_tenure": [new, *({"words": words, **_part_of_test(rows)} for words, rows in tenures)],
        "by_value": [new, *({"words": words, **_part_of_test(rows)} for words, rows in values)],
        "new_customers": {"sentence": told, **_part_of_test(40, 0.71), "baselines": []},
        "members": [_member("trees", "Boosted trees"), _member("logistic", "Logistic regression")],
        "rates": {
            "dates": [
                {
                    "as_of": day,
                    "role": "train",
                    "snapshots": 300,
                    "churners": 57,
                    "churn_share": 0.19,
                    "mean_probability": None,
                }
                for day in ("2023-09-01", "2023-10-01")
            ],
            "sentence": "On the dates it learnt from 19.0% left, on the test dates 20.0%.",
        },
    }


def _member(name: str, words: str) -> dict[str, Any]:
    gains = {"auc_gain": _between(0.004, 0.003), "log_loss_gain": _between(0.006, 0.004)}
    unseen = {"oof_log_loss": 0.31, "oof_log_loss_without": 0.312, "oof_log_loss_model": 0.308}
    return {"name": name, "words": words, "auc": _between(0.82), "log_loss": _between(0.31), **gains, **unseen}


def _part(key: str, words: str, groups: Sequence[str]) -> dict[str, Any]:
    rows = [
        {
            "words": group,
            "customers": 90 - 10 * place,
            "retention_rate": 0.9 - 0.02 * place,
            "churn_rate": 0.1 + 0.07 * place,
            "customer_value": 300.0 - 40 * place,
            "order_value": 40.0 + place,
        }
        for place, group in enumerate(groups)
    ]
    return {"key": key, "words": words, "rows": rows, "too_small": {"groups": 1, "customers": 12}}


def _kpis() -> dict[str, Any]:
    months = [f"2023-{month:02}" for month in range(3, 13)] + ["2024-01", "2024-02"]
    wave = np.sin(np.arange(12))

    def figure(key: str, words: str, unit: str, values: np.ndarray, better: str, pending: int = 0) -> dict[str, Any]:
        points = [
            {"month": month, "value": None if place >= 12 - pending else float(value)}
            for place, (month, value) in enumerate(zip(months, values, strict=True))
        ]
        known = [point for point in points if point["value"] is not None][-1]
        return {
            "key": key,
            "words": words,
            "short": f"of {words.lower()}",
            "definition": f"{words}, precisely.",
            "unit": unit,
            "better": better,
            "by_month": points,
            "value": known["value"],
            "month": known["month"],
        }

    return {
        "currency": "EUR",
        "data_start": "2023-01-01",
        "data_end": str(AS_OF),
        "kpis": [
            figure("retention_rate", "Retention rate", "share", 0.92 + 0.01 * wave, "up"),
            figure("churn_rate", "Churn rate", "share", 0.14 + 0.01 * wave, "down", pending=1),
            figure("order_value", "Order value", "money", 44 + 3 * wave, "up"),
            figure("customer_value", "Customer value", "money", 190 + 9 * wave, "up"),
        ],
        "monthly": [
            {
                "month": month,
                "revenue_minor": 4_512_345,
                "orders": 1_021,
                "customers": 240,
                "joined": 12 if month > "2023-06" else None,
                "at_start": 290,
                "left": 40 if month < "2024-02" else None,
                "kept": 270,
            }
            for month in months
        ],
        "joined_words": "first bought",
        "groups": {
            "month": "2024-01",
            "smallest_shown": 20,
            "parts": [
                _part("value_band", "Value band", VALUE_BANDS),
                _part("joined", "Joining month", months[:4]),
                _part("segment", "Segment", [one.words for one in SEGMENTS]),
            ],
        },
        "cohorts": {
            "smallest_shown": 20,
            "shown": [
                {
                    "month": month,
                    "customers": 80 - place,
                    "by_month": [
                        {"months_later": later, "share": 0.9 - 0.05 * later} for later in range(1, 12 - place)
                    ],
                }
                for place, month in enumerate(months[:8])
            ],
            "too_small": {"cohorts": 2, "customers": 21},
        },
    }
