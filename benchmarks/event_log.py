"""A made-up log of usage and purchases of any size, seeded, in two orders, written as checked tables are."""

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

FIRST_DAY, DAYS = "2024-01-01", 365
EVENTS = ("view", "search", "play", "save", "share", "support", "purchase", "return")

# Every draw is a hash of the row's number, so that threads do not change it. A visit is some four events of one customer on
# one day, among those of thousands of others; the few visit often, the many seldom.
_LOG = """
WITH numbered AS (
  SELECT range AS i, range // 49152 * 4096 + range % 4096 AS block, range % 49152 // 4096 AS place FROM range({events})
), visits AS (
  SELECT i, block * 3 + (place >= 2 + hash(block, 1) % 4)::INT + (place >= 7 + hash(block, 2) % 4)::INT AS visit
  FROM numbered
), drawn AS (
  SELECT i, visit,
    (hash(visit, 3) % 1000000) / 1e6 AS who,
    least(visit * {days} // ({events} // 4 + 1), {days} - 1)::INT AS day,
    (hash(i, 4) % 1000)::INT AS what,
    (hash(i, 5) % 100000)::BIGINT AS money
  FROM visits
)
SELECT
  'C' || lpad((hash(floor(pow(who, 1.6) * {customers})::BIGINT, 6) % 100000000)::VARCHAR, 8, '0') AS customer_id,
  DATE '{first_day}' + day AS event_day,
  ((hash(visit, 7) % 12 + hash(visit, 8) % 13))::TINYINT AS hour,
  ((isodow(DATE '{first_day}' + day)) - 1)::TINYINT AS weekday,
  CASE WHEN what < 380 THEN 'view' WHEN what < 560 THEN 'search' WHEN what < 720 THEN 'play' WHEN what < 800 THEN 'save'
    WHEN what < 850 THEN 'share' WHEN what < 870 THEN 'support' WHEN what < 980 THEN 'purchase' ELSE 'return' END AS event,
  'category ' || lpad((hash(visit, i % 2, 9) % 24)::VARCHAR, 2, '0') AS category,
  ['app', 'web', 'shop', 'phone', 'partner'][1 + (hash(visit, 10) % 25 // 5)::INT] AS channel,
  CASE WHEN what >= 980 THEN -money WHEN what >= 870 THEN money ELSE 0 END AS amount,
  CASE WHEN what < 980 AND what >= 870 AND money % 3 = 0 THEN money // 10 ELSE 0 END AS discount
FROM drawn
"""


def event_log(engine: Backend, events: int, customers: int) -> ir.Table:
    """Return the log: 50 million events of a million customers are some 12 million customer-days of one year."""
    log = _LOG.format(events=events, customers=customers, first_day=FIRST_DAY, days=DAYS)
    engine.raw_sql(f"CREATE OR REPLACE TEMP VIEW event_log AS {log}")
    return engine.table("event_log")
