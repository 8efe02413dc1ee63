import bibtexparser

text = """@article{Knuth84,
  authors = {Donald E. Knuth},
  title = {Literate Programming},
  urls = {https://example.com/lp},
  year = 1984
}"""
book = bibtexparser.loads(text)
print(len(book.entries))
for key, value in sorted(book.entries[0].items()):
    print(key, "=", value)
