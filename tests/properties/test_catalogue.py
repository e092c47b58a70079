"""What holds for every line of the catalogue, including the ones not written yet."""

import math
import re

import pytest

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import every_feature, feature_named
from pipeline.features.families import FAMILIES
from pipeline.scoring.wording import WORDINGS, reason_sentence

FEATURES = every_feature()
NAMES = {feature.name for feature in FEATURES}


def each(feature: Feature) -> str:
    """Name a test after the column."""
    return feature.name


def values_of(own: object) -> dict[str, object]:
    """Give every feature the same value."""
    return dict.fromkeys(NAMES, own)


def test_no_two_columns_share_a_name():
    assert len(NAMES) == len(FEATURES)


@pytest.mark.parametrize("feature", FEATURES, ids=each)
def test_words_begin_a_sentence_and_do_not_end_it(feature):
    assert feature.words[0].isupper()
    assert not feature.words.endswith(".")
    assert "_" not in feature.words


@pytest.mark.parametrize("feature", FEATURES, ids=each)
def test_family_and_unit_are_declared(feature):
    assert feature.family in FAMILIES
    assert feature.unit in WORDINGS


@pytest.mark.parametrize("feature", FEATURES, ids=each)
def test_window_closes_at_the_as_of_day_or_earlier(feature):
    assert feature.window.skip >= 0
    assert feature.window.days is None or feature.window.days > 0


@pytest.mark.parametrize("feature", FEATURES, ids=each)
@pytest.mark.parametrize("own", [0, 1, 2, 0.4, 12345])
def test_sentence_is_whole_and_holds_no_column_name(feature, own):
    text = feature.name if feature.unit != "category" else "bread"
    sentence = reason_sentence(feature, values_of(own if text == feature.name else text), values_of(3), "EUR")
    assert sentence[0].isupper() or sentence[0] in "€−0123456789"
    assert sentence.endswith(".")
    assert not re.search(r"[{}\[\]|_]|  ", sentence)
    assert not any(name in sentence for name in NAMES if "_" in name)


@pytest.mark.parametrize("feature", FEATURES, ids=each)
def test_a_missing_value_is_said_to_be_missing_never_zero(feature):
    sentence = reason_sentence(feature, values_of(math.nan), values_of(3), "EUR")
    assert sentence.startswith("No record of ")
    assert not re.search(r"\b0\b", sentence)


@pytest.mark.parametrize("feature", FEATURES, ids=each)
def test_other_features_in_a_sentence_exist(feature):
    for name in re.findall(r"\{([a-z][a-z0-9_]*)\}", feature.behaviour.says):
        assert name in {"window", "before", "typical"} or feature_named(name)
