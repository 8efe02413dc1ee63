from bs4 import BeautifulSoup

soup = BeautifulSoup("<ul><li class='a'>one</li><li>two</li><li class='a b'>three</li></ul>", "html.parser")
print([li.text for li in soup.css.select("li.a")])
print([li.text for li in soup.css.filter("li:not(.a)")] or "no direct child")
print(soup.css.select_one("li.b").text)
