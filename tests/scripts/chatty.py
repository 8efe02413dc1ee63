"""Prints 50 MB."""
import six

for number in range(1000000):
    print("%049d" % number)
print(six.__name__)
