"""Runs and the registry in MLflow: the only folder that imports it, and only when something is tracked.

Runs are a diary: where MLflow is missing or fails, the stage says so and goes on. The registry is asked for by name
(`churn promote`), so there a failure is an error.
"""
