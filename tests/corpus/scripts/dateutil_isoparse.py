from dateutil.parser import isoparse

for text in ["2016-W07-3", "2018-04-01T12:30:59.123456Z", "20190704T0102"]:
    moment = isoparse(text)
    print(moment.isoformat(), moment.weekday())
