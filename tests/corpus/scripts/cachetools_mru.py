from cachetools import MRUCache, cached

@cached(cache=MRUCache(maxsize=3), info=True)
def square(n):
    return n * n

for n in [1, 2, 3, 1, 4, 2, 2]:
    square(n)
info = square.cache_info()
print("hits", info.hits, "misses", info.misses)
print("size", info.currsize, "of", info.maxsize)
