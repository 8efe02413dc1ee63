import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

counts, edges, bars = plt.hist([1, 2, 2, 3, 3, 3, 8], bins=7, normed=True)
print([round(float(c), 3) for c in counts])
print(float(edges[0]), float(edges[-1]), len(bars))
