import pandas as pd

amounts = pd.read_csv("data/sales.csv", squeeze=True)
print(type(amounts).__name__, len(amounts), round(float(amounts.mean()), 3))
