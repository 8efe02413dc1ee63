"""Tries to see and to change what is not its own."""
from __future__ import print_function

import os

import six

OUTSIDE = "a file of the user"
print("outside:", os.path.exists(OUTSIDE))
own = os.path.dirname(six.__file__)
for place in ("/usr/written", "/written", os.path.join(own, "written")):
    try:
        with open(place, "w") as file:
            file.write("x")
        print("written:", os.path.basename(os.path.dirname(place)))
    except (IOError, OSError) as error:
        print("refused:", place, error.strerror)
print("study:", sorted(os.listdir(".")))
