import pandas as pd

votes = pd.Series(["tea", "tea", "milk", "tea", "milk", "water"], name="drink")
table = votes.value_counts().reset_index()
print(list(table.columns))
print(table.values.tolist())
