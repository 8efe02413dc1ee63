from bs4 import BeautifulSoup

page = """<html><body><h1>News</h1><script>var x = 1;</script>
<p>It <b>rains</b> again.</p><style>p { color: red }</style></body></html>"""
soup = BeautifulSoup(page, "html.parser")
print(repr(soup.body.get_text("|", strip=True)))
print([type(s).__name__ for s in soup.find_all(string=True) if s.strip()])
