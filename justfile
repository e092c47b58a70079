# `just` lists these; each is one line of what you would type.

default:
    @just --list --unsorted

# Make the environment from the lock file
setup:
    uv sync --locked

# Check everything that a machine can check, changing nothing
check:
    uv run --locked ruff format --check .
    uv run --locked ruff check .
    uv run --locked mypy
    uv run --locked lint-imports
    uv run --locked churn docs --check

# Mend what can be mended without thinking
fix:
    uv run --locked ruff check --fix .
    uv run --locked ruff format .
    uv run --locked churn docs

# Run the core tests; `just test tests/spec` runs some of them
test *paths:
    uv run --locked pytest {{paths}}

# Run every test that this machine can: slow, browser, wheel and spark ones too
test-all:
    uv run --locked pytest -m ""

# Run the flow from the source tables to the page
flow:
    uv run --locked dvc repro

# Write the generated pages
docs:
    uv run --locked churn docs
