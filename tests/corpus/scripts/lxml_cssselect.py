from lxml import etree
from lxml.cssselect import CSSSelector

page = etree.fromstring("<doc><p class='lead'>One</p><p>Two</p><note id='n'>Three</note></doc>")
print([e.text for e in CSSSelector("p.lead, #n")(page)])
print(CSSSelector("p:first-child").path)
