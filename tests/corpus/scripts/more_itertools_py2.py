from more_itertools import chunked, first, windowed

names = ["ada", "bob", "cyd", "dan", "eve"]
print "pairs", list(chunked(names, 2))
print "windows", list(windowed(map(len, names), 3))
print first(xrange(7, 9)), 7 / 2
