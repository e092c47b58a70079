"""Which Spark the tests run on: two threads of this process, unless the surroundings name another."""

import os

THREADS = "--master local[2] pyspark-shell"
WORKERS = "--master local-cluster[2,1,1024] pyspark-shell"
"""Two worker processes of their own, each with one core and one GB."""

os.environ.setdefault("PYSPARK_SUBMIT_ARGS", THREADS)
