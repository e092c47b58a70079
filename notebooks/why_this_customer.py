# %% [markdown]
# # Why this customer?
# The exact contributions behind one score, in the plots people know from `shap`. Run `dvc repro` first.

# %%
import matplotlib.pyplot as plt
import numpy as np
import shap

from pipeline import artifacts
from pipeline.model.churn_model import ChurnModel
from pipeline.scoring.shap_explanation import as_explanation
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows

model = ChurnModel.load(products.MODEL)
rows = snapshot_rows("score")
scores = artifacts.read_table(products.SCORES).to_pandas()
customer = scores["customer_id"].iloc[0]
customer

# %% [markdown]
# From the average customer to this one, in log-odds. The bars add up to the score, exactly.

# %%
one = as_explanation(model, rows[rows["customer_id"] == customer])
assert np.isclose(one.base_values + one.values.sum(), scores["log_odds"].iloc[0], rtol=0, atol=1e-12)
shap.plots.waterfall(one[0], show=False)
plt.show()

# %% [markdown]
# The same for everyone: each dot is a customer.

# %%
everyone = as_explanation(model, rows)
numbers = everyone.data.copy()
numbers[[[isinstance(value, str) for value in row] for row in numbers]] = np.nan
everyone.data = numbers.astype(float)
shap.plots.beeswarm(everyone, max_display=12, show=False)
plt.show()
