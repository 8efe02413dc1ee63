"""Numbers, computed once each."""

from cachetools import cached
from cachetools.lru import LRUCache

calls = []


@cached(LRUCache(maxsize=4))
def square(number):
    calls.append(number)
    return number * number
