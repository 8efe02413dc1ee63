from lxml.html import clean, fromstring, tostring

page = "<div onclick='run()'><p>Hello <b>you</b></p><script>alert(1)</script></div>"
cleaner = clean.Cleaner(scripts=True, javascript=True, page_structure=False)
print(cleaner.clean_html(page))
print(tostring(fromstring(page)).decode()[:20])
