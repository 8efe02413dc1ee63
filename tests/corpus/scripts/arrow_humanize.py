import arrow

now = arrow.get(2019, 3, 20, 12, 0)
for days in (1, 6, 8, 16, 40):
    print(days, now.shift(days=-days).humanize(now), "/", now.shift(days=days).humanize(now))
