from datetime import datetime

import pytz

zone = pytz.timezone("America/Ciudad_Juarez")
for month in (1, 7):
    local = zone.localize(datetime(2021, month, 15, 12, 0))
    print(local.strftime("%Y-%m-%d %H:%M %Z %z"), local.astimezone(pytz.utc).hour)
