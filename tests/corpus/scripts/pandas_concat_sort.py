import pandas as pd

a = pd.DataFrame({"price": [1, 2], "item": ["tea", "jam"]}, columns=["price", "item"])
b = pd.DataFrame({"item": ["oil"], "count": [3]}, columns=["item", "count"])
both = pd.concat([a, b], ignore_index=True)
print(list(both.columns))
print(both.shape, both["count"].sum())
