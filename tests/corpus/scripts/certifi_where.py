import os

import certifi

for path in (certifi.where(), certifi.old_where()):
    print(os.path.basename(os.path.dirname(path)), os.path.splitext(path)[1], os.path.getsize(path) > 100000)
