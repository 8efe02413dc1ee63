import networkx as nx

G = nx.path_graph(4)
G.add_edge(0, 3, weight=2.5)
matrix = nx.to_numpy_matrix(G)
print(type(matrix).__name__, matrix.shape)
print((matrix * matrix).diagonal().tolist())
