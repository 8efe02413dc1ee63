from joblib import Memory, Parallel, delayed

memory = Memory(location=None, bytes_limit=10 ** 6, verbose=0)


@memory.cache
def cube(n):
    return n ** 3


print(Parallel(n_jobs=1)(delayed(cube)(n) for n in range(5)))
print(cube(7))
