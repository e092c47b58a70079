"""What risk is told by: families of behaviours, or the behaviours themselves where there are hardly any families."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.reports.findings import Findings, family_words
from pipeline.reports.moves import leading, sample, varies

MOST_BEHAVIOURS = 10


@dataclass(frozen=True)
class Subjects:
    """The risk points of each subject by customer, the behaviour with numbers that leads each, and what one is called."""

    points: pd.DataFrame
    led_by: Mapping[str, str]
    one: str

    def places(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return, by customer and subject, the place of the leading behaviour's value among all: 0 lowest, 1 highest.

        NaN where there is no record; 0.5 for a subject without a behaviour that is a number.
        """
        of_customers = features.set_index("customer_id").reindex(self.points.index)
        places = {
            words: of_customers[self.led_by[words]].rank(pct=True) if words in self.led_by else 0.5
            for words in map(str, self.points)
        }
        return pd.DataFrame(places, index=self.points.index)


def subjects(found: Findings) -> Subjects:
    """Return the subjects that risk is told by, named as an analyst reads them.

    Families are told of everyone; behaviours, of a sample and all who are contacted, are the ten that move risk most.
    """
    if not found.has_families:
        return _behaviours(found)
    led = leading(found, sample(found.features))
    points = found.family_points().rename(columns=family_words)
    return Subjects(points, {family_words(key): name for key, name in led.items()}, "family")


def _behaviours(found: Findings) -> Subjects:
    drawn = set(sample(found.features)["customer_id"]) | set(found.contacted()["customer_id"])
    rows = found.features[found.features["customer_id"].isin(drawn)]
    moved = found.model.contributions(rows) * found.slopes().loc[rows["customer_id"]].to_numpy()[:, None]
    largest = np.argsort(-np.abs(moved).mean(axis=0), kind="stable")[:MOST_BEHAVIOURS]
    names = [found.model.features[at] for at in largest]
    words = {name: feature_named(name).words for name in names}
    points = pd.DataFrame(moved[:, largest], index=rows["customer_id"].to_numpy(), columns=list(words.values()))
    return Subjects(points, {words[name]: name for name in names if varies(rows[name])}, "behaviour")
