from slugify import slugify

for text in ["Hello, World & Co.", "C'est d\u00e9j\u00e0 l'\u00e9t\u00e9.", "10 | 20 %", "\u5f71\u5e2b\u55ce"]:
    print(slugify(text), slugify(text, allow_unicode=True) == slugify(text))
print(slugify("a % b", replacements=[["%", "percent"]]))
