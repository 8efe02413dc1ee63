from lark import Lark, Transformer

GRAMMAR = """
    start: pair ("," pair)*
    pair: NAME "=" NUMBER
    NAME: /[a-z]+/
    NUMBER: /[0-9]+/
    %ignore " "
"""

class ToDict(Transformer):
    def pair(self, items):
        name, number = items
        return str(name), int(number), name.pos_in_stream
    def start(self, items):
        return {n: (v, pos) for n, v, pos in items}

tree = Lark(GRAMMAR, parser="lalr").parse("width=3, height = 12")
for name, (value, pos) in sorted(ToDict().transform(tree).items()):
    print(name, value, "at", pos)
