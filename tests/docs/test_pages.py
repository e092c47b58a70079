"""Pages agree with the code and with each other, and no file says where or by whom it was written."""

import re
import subprocess
from pathlib import Path

import pytest

from pipeline.features.dictionary import features_page

ROOT = Path(__file__).parents[2]
VOICES = ["**Data scientist**", "**Batch job**", "**Analyst**"]
NOT_READ = {"uv.lock", "dvc.lock"}
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.~*])/(?:home|root|Users|work|mnt|tmp|var|private)/\w[\w.-]*"),
    "a drive of one machine": re.compile(r"\b[A-Z]:\\\\?\w+"),
    "an e-mail address": re.compile(r"\b[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b"),
    "a registry host": re.compile(
        r"\b(?:pypi\.org|[\w.-]*pythonhosted\.org|npmjs\.(?:org|com)|anaconda\.org|ghcr\.io|docker\.io|"
        r"[\w.-]*(?:artifactory|nexus|devpi)[\w-]*\.[a-z]{2,})\b|(?:index-url|index_url|extra-index)\s*=",
    ),
}


def texts() -> dict[str, str]:
    """Return every text file that is, or is about to be, in git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file() and name not in NOT_READ}
    return {name: content.decode("utf-8") for name, content in files.items() if b"\0" not in content}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = [
        f"{name}: {hit}" for name, text in texts().items() if name != here for hit in FORBIDDEN[what].findall(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a path of one machine", "open /home/someone/churn/data"),
        ("an e-mail address", "write to someone@example.com"),
        ("a registry host", "from https://pypi.org/simple"),
        ("a registry host", 'index-url = "somewhere"'),
    ],
)
def test_the_search_finds_what_it_looks_for(what, text):
    assert FORBIDDEN[what].search(text)


def test_the_page_of_features_says_what_the_catalogue_does():
    """Made again by `churn docs`."""
    assert (ROOT / "docs/features.md").read_text(encoding="utf-8") == features_page()


def test_a_word_stands_once_in_the_glossary():
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| \*\*(.+?)\*\* \|", glossary, flags=re.MULTILINE)
    words = [word.strip().casefold() for cell in cells for word in cell.split(",")]
    assert len(words) > 20
    assert sorted(words) == sorted(set(words))


def test_every_release_speaks_in_three_voices():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    assert releases
    assert all([line for line in release.splitlines() if line in VOICES] == VOICES for release in releases)
