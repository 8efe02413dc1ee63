# -*- coding: utf-8 -*-
"""Write the amounts of some cheques out in words."""
from num2words import num2words

amounts = [7, 21, 101, 1999, 12.5, 1000000]
for lang in ("en", "de", "fr", "es"):
    print(lang)
    for amount in amounts:
        print("  %s: %s" % (amount, num2words(amount, lang=lang)))

print(num2words(42, to="ordinal"), "/", num2words(3, to="ordinal_num"))
print(num2words(38.40, to="currency", currency="EUR"))
print(num2words(2014, to="year"))
