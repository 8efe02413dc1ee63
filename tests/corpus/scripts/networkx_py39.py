import networkx as nx

G = nx.DiGraph()
G.add_weighted_edges_from([("a", "b", 3), ("b", "c", 1), ("a", "c", 5), ("c", "a", 2)])
print(nx.shortest_path(G, "a", "c"), nx.dijkstra_path_length(G, "a", "c"))
print(nx.is_aperiodic(G), sorted(nx.descendants(G, "b")))
