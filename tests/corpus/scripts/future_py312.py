from future.utils import iteritems, viewkeys
from past.builtins import basestring
from future import standard_library

standard_library.install_aliases()
stock = {"tea": 3}
print(list(iteritems(stock)), sorted(viewkeys(stock)))
print(isinstance("a", basestring), isinstance(3, basestring))
