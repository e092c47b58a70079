# %% [markdown]
# # What a threshold earns
# Contact everyone above some risk: what does it bring, and how far does that hang on the assumed save rate? Run
# `dvc repro` first. The campaign itself decides customer by customer; this is the picture behind it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from pipeline import artifacts
from pipeline.params_file import load_params
from pipeline.stages import products

params = load_params(products.MODEL.parents[1] / "params.yaml")
scores = artifacts.read_table(products.SCORES).to_pandas()
action = next(iter(params.actions.values()))
action.words

# %% [markdown]
# Net value of contacting one customer: p·γ·(V − d) − (1 − p)·r·d − f, with risk p, value V, save rate γ, offer cost d,
# share r of loyal customers who take the offer, and contact cost f.


# %%
def net_value(save_rate: float) -> np.ndarray:
    risk, value = scores["churn_probability"].to_numpy(), scores["customer_value"].to_numpy()
    given = params.campaign.redemption_share * action.offer_cost
    return risk * save_rate * (value - action.offer_cost) - (1 - risk) * given - action.contact_cost


thresholds = np.linspace(0, 1, 101)
figure, axis = plt.subplots(figsize=(9, 4), layout="constrained")
for save_rate in (params.campaign.save_rate / 2, params.campaign.save_rate, params.campaign.save_rate * 2):
    net = net_value(save_rate)
    earned = [net[scores["churn_probability"] >= threshold].sum() for threshold in thresholds]
    axis.plot(thresholds, earned, label=f"save rate {save_rate:.0%}")
axis.axhline(0, linewidth=0.8, color="grey")
axis.set(title="Contact everyone above this risk", xlabel="risk", ylabel="expected net value")
axis.legend()
plt.show()

# %% [markdown]
# What choosing by net value instead of by risk alone would add:

# %%
net = net_value(params.campaign.save_rate)
best_by_risk = max(net[scores["churn_probability"] >= threshold].sum() for threshold in thresholds)
{"best threshold": round(float(best_by_risk), 2), "customer by customer": round(float(net[net > 0].sum()), 2)}
