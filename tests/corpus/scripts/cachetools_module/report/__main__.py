from report.squares import calls, square

print([square(number) for number in (2, 3, 2, 3, 4)])
print("computed", calls)
