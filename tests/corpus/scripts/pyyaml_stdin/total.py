"""Adds up the prices of a shopping list that is read from standard input."""

import sys

import yaml

basket = yaml.load(sys.stdin)
for item in sorted(basket):
    print("%s: %.2f" % (item, basket[item]))
print("total: %.2f" % sum(basket.values()))
