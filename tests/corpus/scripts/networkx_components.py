import networkx as nx

G = nx.Graph()
G.add_edges_from([(1, 2), (2, 3), (5, 6), (6, 7), (7, 5), (9, 10)])
parts = list(nx.connected_component_subgraphs(G))
for part in sorted(parts, key=lambda g: min(g.nodes())):
    print(sorted(part.nodes()), part.number_of_edges())
