from datetime import datetime

from backports.datetime_fromisoformat import MonkeyPatch

MonkeyPatch.patch_fromisoformat()
for text in ["2014-01-09T21:48:00", "2014-W02-4T21:48Z", "20140109T214800-0330"]:
    print(datetime.fromisoformat(text).isoformat())
