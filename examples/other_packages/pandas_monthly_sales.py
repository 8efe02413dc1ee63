"""Sales by month and shop, from two tables that are put below each other."""

from __future__ import print_function

import pandas as pd

spring = pd.DataFrame({
    "shop": ["north", "south", "north", "south"],
    "month": ["2020-03", "2020-03", "2020-04", "2020-04"],
    "sales": [120, 80, 150, 95],
})
summer = pd.DataFrame({
    "shop": ["north", "south"],
    "month": ["2020-06", "2020-06"],
    "sales": [210, 140],
})

sales = spring.append(summer, ignore_index=True)
sales = sales.assign(share=sales["sales"] / sales["sales"].sum())

print(sales.groupby("shop")["sales"].agg(["sum", "mean"]))
print("share of the best month: %.3f" % sales.groupby("month")["share"].sum().max())
