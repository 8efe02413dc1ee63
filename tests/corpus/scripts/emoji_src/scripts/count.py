# -*- coding: utf-8 -*-
from smileys import smileys_in

print(len(smileys_in(u"good \U0001f600 morning \U0001f600\U0001f44d")))
