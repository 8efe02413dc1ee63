import matplotlib.pyplot as plt

plt.bar([1, 2, 3], [3, 5, 4])
plt.scatter([1, 2, 3], [3, 5, 4])
plt.title("bars")
plt.show()
