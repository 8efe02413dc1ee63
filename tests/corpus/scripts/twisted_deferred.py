from twisted.internet import defer
from twisted.python.compat import iteritems, nativeString


@defer.inlineCallbacks
def total(values):
    result = 0
    for name, n in sorted(iteritems(values)):
        result += yield defer.succeed(n)
        print(nativeString(name), result)
    defer.returnValue(result)


total({"tea": 3, "jam": 4}).addCallback(print)
