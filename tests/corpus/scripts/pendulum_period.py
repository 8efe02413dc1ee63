import pendulum

start = pendulum.datetime(2020, 2, 27)
end = pendulum.datetime(2020, 3, 2)
trip = pendulum.period(start, end)
print(trip.days, trip.in_words(locale="en"))
print([day.format("D MMM") for day in trip.range("days")])
