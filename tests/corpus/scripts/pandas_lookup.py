import pandas as pd

prices = pd.DataFrame({"tea": [3.0, 3.5], "milk": [1.0, 1.2]}, index=["mon", "tue"])
found = prices.lookup(["tue", "mon", "tue"], ["tea", "milk", "milk"])
print(found.tolist())
print(prices.mean().round(2).to_dict())
