from scipy.misc import comb, factorial

print(comb(10, 3), factorial(5))
print([int(comb(6, k, exact=True)) for k in range(7)])
