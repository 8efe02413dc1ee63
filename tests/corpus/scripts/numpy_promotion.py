import numpy as np

level = np.array([200, 10], dtype=np.uint8)
brighter = level[0] + 50
print(int(brighter), (level * 1.5).tolist())
print(int(level[0] + 100))
print(np.float32(0.1) == 0.1, (np.float32(3) + 3.0).dtype)
