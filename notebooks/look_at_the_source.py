# %% [markdown]
# # Look at the source
# What the checked tables hold, before anything is learnt from them. Run `dvc repro` first; open with Jupyter and jupytext,
# or run it as a script from the project's root.

# %%
import matplotlib.pyplot as plt
import pandas as pd

from pipeline import artifacts
from pipeline.stages import products

contract = artifacts.read_json(products.CHECKED / "contract.json")
pd.DataFrame(contract["tables"]).T

# %% [markdown]
# What was set aside or is worth knowing:

# %%
contract["warnings"]

# %% [markdown]
# Purchases by day. A day far below its neighbours is a closed day, or rows that never arrived.

# %%
purchases = artifacts.read_table(
    products.CHECKED / "purchases.parquet", ["customer_id", "event_day", "amount"]
).to_pandas()
by_day = purchases.groupby("event_day").size()
figure, axis = plt.subplots(figsize=(10, 3), layout="constrained")
axis.plot(pd.to_datetime(by_day.index), by_day.to_numpy(), linewidth=1)
axis.set(title="Rows of purchases a day", ylim=(0, None))
plt.show()

# %% [markdown]
# How long customers wait between days with a purchase: the horizon of churn should be longer than most waits.

# %%
days = purchases[["customer_id", "event_day"]].drop_duplicates().sort_values(["customer_id", "event_day"])
days["event_day"] = pd.to_datetime(days["event_day"])
waits = days.groupby("customer_id")["event_day"].diff().dt.days.dropna()
figure, axis = plt.subplots(figsize=(10, 3), layout="constrained")
axis.hist(waits.clip(upper=90), bins=45)
axis.set(title="Days between purchases (90 and more together)", xlabel="days")
plt.show()
waits.describe(percentiles=[0.5, 0.9, 0.95, 0.99])
