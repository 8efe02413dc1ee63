from more_itertools import collate, first

north = [(1, "n"), (4, "n"), (9, "n")]
south = [(2, "s"), (3, "s"), (11, "s")]
merged = list(collate(north, south, key=lambda row: row[0]))
print(merged)
print(first(merged), len(merged))
