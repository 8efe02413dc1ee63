from datetime import datetime
import pytz

zones = ["Europe/Berlin", "America/Mexico_City", "Asia/Tokyo"]
meeting = datetime(2023, 7, 3, 16, 0, tzinfo=pytz.utc)
for name in zones:
    local = meeting.astimezone(pytz.timezone(name))
    print("%-20s %s" % (name, local.strftime("%Y-%m-%d %H:%M %Z")))
