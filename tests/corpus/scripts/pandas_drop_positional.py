import pandas as pd

table = pd.DataFrame({"item": ["tea", "jam"], "price": [3, 5], "note": ["", "x"]})
print(list(table.drop("note", 1).columns))
print(pd.concat([table["item"], table["price"] * 2], 1).values.tolist())
