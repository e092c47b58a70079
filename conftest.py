"""What the doctest run may not import: modules of an extra that is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyspark") else ["pipeline/engines/spark_backend.py"]
