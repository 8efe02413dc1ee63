from graphviz import Digraph

dot = Digraph("pipeline")
dot.node("A", "load")
dot.node("B", "clean")
dot.edge("A", "B", label="rows")
print(repr(dot.source.splitlines()[0]))
print(repr(dot.source[-6:]), len(dot.source))
