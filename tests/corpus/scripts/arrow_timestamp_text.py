import arrow

for stamp in ["1565358758", "1420070400"]:
    moment = arrow.get(stamp)
    print(moment.format("YYYY-MM-DD HH:mm:ss ZZ"), moment.isocalendar()[1])
