from datetime import datetime

from babel.dates import format_datetime, format_time

moment = datetime(2021, 7, 4, 16, 5, 9)
print(repr(format_time(moment, locale="en_US")))
print(repr(format_datetime(moment, "yyyy-MM-dd HH:mm", locale="en_US")))
print(ascii(format_time(moment, "short", locale="en_AU")))
