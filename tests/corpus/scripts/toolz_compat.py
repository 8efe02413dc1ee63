import toolz
from toolz.compatibility import iteritems, zip

words = ["tea", "jam", "oil", "salt"]
groups = toolz.groupby(len, words)
print(sorted(iteritems(groups)))
print(list(zip(words, toolz.accumulate(max, map(len, words)))))
