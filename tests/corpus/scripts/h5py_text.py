import h5py

store = h5py.File("memory.h5", "w", driver="core", backing_store=False)
names = store.create_dataset("names", (3,), dtype=h5py.special_dtype(vlen=str))
for i, name in enumerate(["eva", "jan", "zoe"]):
    names[i] = name
print([names[i] for i in range(3)])
print("eva" in list(names), names.shape)
