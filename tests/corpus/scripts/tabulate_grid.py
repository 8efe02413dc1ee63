from tabulate import tabulate

rows = [["Mercury", 4879, 0.055], ["Earth", 12742, 1], ["Jupiter", 139822, 317.8]]
print(tabulate(rows, headers=["planet", "km", "mass"], tablefmt="heavy_grid"))
print(len(tabulate(rows, tablefmt="heavy_grid").splitlines()))
