"""Who could churn, when we ask, and whether they did."""
