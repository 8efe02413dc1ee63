import h5py
import numpy as np

store = h5py.File("memory.h5", "w", driver="core", backing_store=False)
data = store.create_dataset("day/temp", data=np.arange(6).reshape(2, 3) * 1.5)
data.attrs["unit"] = 7
print(data.value.tolist())
print(data.attrs["unit"], sorted(store["day"].keys()))
