"""The customers on the page: one row of the list each, and behind it the card with all that moved the score."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.model.rhythm import WAYS
from pipeline.money import amount
from pipeline.reports.decisions import BANDS, DECISIONS, action_words
from pipeline.reports.findings import Findings, family_words
from pipeline.reports.history import WEEKS
from pipeline.reports.shown import NOTHING, Facts, count, counted, fact, listed, percent, points, signed
from pipeline.reports.today import DO_NOT_ACT, too_little_data
from pipeline.scoring.reasons import typical_values
from pipeline.scoring.wording import lower_first, shown

MOST_CUSTOMERS = 2000
STEPS = 6
BEHAVIOURS = 12
RHYTHMS, SILENCE = tuple(way[0] for way in WAYS), WAYS[0][-1]
RAISING = ("reason_1", "reason_2", "reason_3", "actionable_reason")

Row = Mapping[Any, Any]


def on_the_page(listed_customers: pd.DataFrame, most: int = MOST_CUSTOMERS) -> list[str]:
    """Return the ids of the customers the page holds: to contact first, then controls, then by expected loss."""
    place = listed_customers["decision"].map({"contact": 0, "holdout": 1}).fillna(2)
    order = pd.DataFrame(
        {
            "place": place,
            "gain": -listed_customers["expected_net_value"].where(place < 2),
            "loss": -(listed_customers["churn_probability"] * listed_customers["customer_value"]),
            "id": listed_customers["customer_id"],
        }
    ).sort_values(["place", "gain", "loss", "id"])
    return [str(customer) for customer in order["id"].head(most)]


def customers(found: Findings) -> Facts:
    """Return the list with its filters, its cards, and the words both are read by."""
    ids = on_the_page(found.listed)
    rows = found.listed.set_index("customer_id").loc[ids]
    cards = _Cards(found, ids)
    listed_rows = [cards.row(place, row) for place, row in enumerate(rows.reset_index().to_dict("records"))]
    return {
        "head": "The list",
        "lead": _lead(found, ids),
        "rows": listed_rows,
        "features": cards.features(),
        "families": {key: family_words(key) for key in found.families},
        "decisions": {
            code: {"words": DECISIONS[code], "meaning": one["words"]}
            for code, one in found.campaign["decisions"].items()
        },
        "bands": dict(BANDS),
        "base": fact(100 * found.base_risk, percent(found.base_risk, 1)),
        "labels": _labels(found),
    }


def _lead(found: Findings, ids: Sequence[str]) -> str:
    everyone = counted(len(found.listed), "customer", "customers")
    shown_here = "All" if len(ids) == len(found.listed) else f"The first {count(len(ids))} of"
    stopped = f"{DO_NOT_ACT}. " if too_little_data(found.evaluation) else ""
    return (
        f"{stopped}{shown_here} {everyone} at risk: those to contact, their control group, then the others by what is "
        "at stake, with the reason why not."
    )


def _labels(found: Findings) -> Facts:
    return {
        "weeks": f"{WEEKS} weeks ago",
        "half": str(WEEKS // 2),
        "last": "last week",
        "week_title": "" if found.history is None else found.history.title,
        "none": "No customer fits. Clear a filter, or look in campaign.csv, which holds everybody.",
        "average": "Average customer",
        "this": "This customer",
        "ranked": f"of {count(len(found.scores))}",
    }


class _Cards:
    """Builds rows and cards; holds what they share: typical values, contributions, slopes, weekly history."""

    def __init__(self, found: Findings, ids: Sequence[str]) -> None:
        features = found.features.set_index("customer_id", drop=False)
        self._found = found
        self._names = found.model.features
        self._typical = found.typical or typical_values(found.features, self._names)
        self._values = features.loc[list(ids), list(self._names)].to_dict("records")
        self._contributions = found.model.contributions(features.loc[list(ids)])
        self._slopes = found.slopes().loc[list(ids)].to_numpy()
        self._reasons = found.reasons.set_index("customer_id").loc[list(ids)].to_dict("records")
        self._scores = found.scores.set_index("customer_id").loc[list(ids)].to_dict("records")
        self._weeks = {} if found.history is None else _weeks(found.history.weeks)

    def features(self) -> list[Facts]:
        """Return words, family and typical value of every feature, in the model's order."""
        return [
            {
                "words": _words(name),
                "family": feature_named(name).family,
                "typical": self._told(self._typical, name),
            }
            for name in self._names
        ]

    def row(self, place: int, row: Row) -> Facts:
        """Return one customer: what the list shows, and the card behind it."""
        reason, score = self._reasons[place], self._scores[place]
        return self._listed(row, reason) | self._card(place, row, reason, score)

    def _listed(self, row: Row, reason: Row) -> Facts:
        currency = self._found.currency
        net = row["expected_net_value"]
        also = [family_words(reason[f"reason_{k}_family"]) for k in (2, 3) if not pd.isna(reason[f"reason_{k}_family"])]
        return {
            "id": str(row["customer_id"]),
            "decision": row["decision"],
            "risk": fact(round(row["churn_probability"], 4), percent(row["churn_probability"])),
            "value": fact(round(row["customer_value"], 2), amount(row["customer_value"], currency)),
            "net": fact(None, NOTHING) if pd.isna(net) else fact(round(net, 2), amount(net, currency)),
            "action": action_words(self._found.campaign, row["action"]),
            "channel": "" if pd.isna(row["channel"]) else str(row["channel"]),
            "family": "" if pd.isna(reason["reason_1_family"]) else reason["reason_1_family"],
            "why": reason["reason_1"],
            "also": f"also {listed([lower_first(words) for words in also])}" if also else "",
        }

    def _card(self, place: int, row: Row, reason: Row, score: Row) -> Facts:
        steps, end = self._steps(place, reason, score)
        return {
            "band": score["risk_band"],
            "rank": fact(int(score["risk_rank"]), f"rank {count(score['risk_rank'])}"),
            "segment": "" if self._found.segments is None else str(self._found.segments[str(row["customer_id"])]),
            "stake": amount(row["churn_probability"] * row["customer_value"], self._found.currency),
            "because": self._because(row),
            "reasons": self._reasons_told(row, reason),
            "steps": steps,
            "end": end,
            **self._past(str(row["customer_id"])),
            "behaviours": self._behaviours(place),
        }

    def _past(self, customer: str) -> Facts:
        """Return the customer's weeks and their sum in words; none where no table tells them."""
        told = self._found.history
        if told is None:
            return {"weeks": [], "weeks_told": ""}
        weeks = self._weeks.get(customer, [0] * WEEKS)
        return {"weeks": weeks, "weeks_told": f"{counted(sum(weeks), told.one, told.many)} in {WEEKS} weeks"}

    def _because(self, row: Row) -> str | None:
        """Say what the contact is expected to bring; the others are told by the meaning of their decision."""
        if row["decision"] != "contact":
            return None
        does = f"{action_words(self._found.campaign, row['action'])}, by {row['channel']}."
        return f"{does} Expected to bring {amount(row['expected_net_value'], self._found.currency)} after all costs."

    def _reasons_told(self, row: Row, reason: Row) -> list[Facts]:
        """Return what raises the risk, with a mark on what the action answers or could be changed, and what lowers it."""
        marked, mark = self._mark(row, reason)
        told = [_reason(reason, key, mark if key == marked else "") for key in _raising(reason, marked)]
        if not told:
            told = [
                {"points": "", "up": True, "says": f"{reason['reason_1']}: many small things add up.", "family": ""}
            ]
        if not pd.isna(reason["protective_reason_family"]):
            told.append(_reason(reason, "protective_reason", " · speaks for staying"))
        return told

    def _mark(self, row: Row, reason: Row) -> tuple[str | None, str]:
        """Return the reason to mark and the words: with an action what it answers, without one what can be changed."""
        if pd.isna(row["action"]):
            able = reason["actionable_reason_family"]
            return _first_of(reason, [] if pd.isna(able) else [able]), " · can be changed"
        return _first_of(reason, self._found.answers[row["action"]]), " · what the action answers"

    def _steps(self, place: int, reason: Row, score: Row) -> tuple[list[Facts], Facts]:
        """Return the way from the average customer to this one; as shown, the points add up to the decimal."""
        moved = self._moved(place, reason)
        order = sorted(moved, key=lambda words: -abs(moved[words]))
        steps = [(words, round(moved[words], 1)) for words in order[:STEPS]]
        base, end = round(100 * self._found.base_risk, 1), round(100 * score["churn_probability"], 1)
        rest = round(end - base - sum(value for _, value in steps), 1)
        if len(order) > STEPS:
            steps.append(("Everything else", rest))
        elif rest:
            steps[0] = (steps[0][0], round(steps[0][1] + rest, 1))
        return [{"words": words} | fact(value, signed(value, 1)) for words, value in steps], fact(end, f"{end:.1f}%")

    def _moved(self, place: int, reason: Row) -> dict[str, float]:
        """Return the risk points of each family in words; of each behaviour, where there are hardly any families."""
        if self._found.has_families:
            return {
                family_words(key): self._slopes[place] * reason[f"contribution_{key}"] for key in self._found.families
            }
        moved = self._contributions[place] * self._slopes[place]
        return {_words(name): float(pushes) for name, pushes in zip(self._names, moved, strict=True)}

    def _behaviours(self, place: int) -> Facts:
        moved = self._contributions[place] * self._slopes[place]
        order = np.argsort(-np.abs(moved), kind="stable")
        rest = float(moved[order[BEHAVIOURS:]].sum())
        others = max(len(order) - BEHAVIOURS, 0)
        rows = [
            [int(at), self._told(self._values[place], self._names[at]), signed(float(moved[at]), 1)]
            for at in order[:BEHAVIOURS]
        ]
        return {
            "rows": rows,
            "rest": [f"{counted(others, 'other', 'others')} together", signed(rest, 1)] if others else None,
        }

    def _told(self, values: Row, name: str) -> str:
        """Show a value; the days bought on, which stand for the whole rhythm, with the time since the last of them."""
        told = shown(values[name], feature_named(name).unit, self._found.currency)
        silence = values.get(SILENCE)
        if name not in RHYTHMS or silence is None or pd.isna(silence):
            return told
        return f"{told}; {shown(silence, 'days', self._found.currency)} ago"


def _words(name: str) -> str:
    """Return what the card calls a feature."""
    words = feature_named(name).words
    return f"{words}, and the last" if name in RHYTHMS else words


def _reason(reason: Row, key: str, tag: str) -> Facts:
    family = reason[f"{key}_family"]
    pushes = float(reason[f"{key}_points"])
    return {"points": points(pushes), "up": pushes > 0, "says": reason[key], "family": family_words(family) + tag}


def _first_of(reason: Row, families: Collection[str]) -> str | None:
    """Return the strongest reason that raises the risk and is of one of the families."""
    return next((key for key in RAISING if reason[f"{key}_family"] in families), None)


def _raising(reason: Row, marked: str | None) -> list[str]:
    """Return the strongest reasons; the actionable one joins them only where it is marked and none of them."""
    keys = [key for key in RAISING[:3] if not pd.isna(reason[f"{key}_family"])]
    return keys if marked in keys or marked is None else [*keys, marked]


def _weeks(history: pd.DataFrame) -> dict[str, list[int]]:
    """Return orders a week by customer, oldest week first."""
    weeks: dict[str, list[int]] = {}
    for customer, ago, orders in history[["customer_id", "weeks_ago", "orders"]].itertuples(index=False):
        weeks.setdefault(str(customer), [0] * WEEKS)[WEEKS - 1 - int(ago)] = int(orders)
    return weeks
