import humanize

for n in (950, 1000, 12400, 1200000, 7500000000):
    print(humanize.intword(n), "|", humanize.intcomma(n))
