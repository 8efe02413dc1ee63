# -*- coding: utf-8 -*-
"""Line up a menu in a terminal, whatever script the dishes are written in."""
from wcwidth import wcswidth, wcwidth

MENU = [
    (u"espresso", 2.4),
    (u"caf\u00e9 au lait", 3.2),
    (u"cafe\u0301 noir", 2.9),
    (u"\u62b9\u8336\u30e9\u30c6", 4.5),
    (u"\u1112\u1161\u11ab\u1100\u116e\u11a8 \u1109\u116e\u11af", 6.0),
    (u"\U0001f35c ramen", 9.0),
    (u"\U0001f468\u200d\U0001f373 chef's choice", 15.0),
    (u"\u2764\ufe0f special", 12.0),
]

WIDTH = 24
for dish, price in MENU:
    pad = WIDTH - wcswidth(dish)
    print("%2d %2d %6.2f" % (wcswidth(dish), pad, price))

print("total columns:", sum(wcswidth(dish) for dish, _ in MENU))
print("controls:", wcwidth(u"\n"), wcwidth(u"\x00"), wcwidth(u"\u200b"))
