from bs4 import BeautifulSoup

soup = BeautifulSoup("<p class='x y'>one</p><p>two</p><a href='/t'>three</a>", "html.parser")
print([p.text for p in soup.find_all("p")])
print(soup.find("p", class_="y").text, soup.a["href"])
print(soup.find_all(lambda tag: tag.name == "a")[0].text)
