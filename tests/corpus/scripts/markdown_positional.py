import markdown

text = """Fruit | Price
----- | -----
plum  | 3

*ripe* ones"""
print(markdown.markdown(text, ["markdown.extensions.tables"]))
print(markdown.markdown("# Hi", [], {}))
