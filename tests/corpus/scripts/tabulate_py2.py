# -*- coding: utf-8 -*-
from tabulate import tabulate

stock = {"tea": 3, "jam": 12, "oil": 7}
rows = [(name.upper(), n / 2) for name, n in sorted(stock.iteritems())]
print tabulate(rows, headers=["item", "half"], tablefmt="orgtbl")
print len(tabulate([[u"\u010daj", 1]], tablefmt="plain"))
