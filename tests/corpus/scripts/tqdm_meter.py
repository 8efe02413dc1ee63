from tqdm import tqdm

print(tqdm.format_meter(30, 120, 15.0, ncols=60, ascii=True))
print(tqdm.format_meter(0, 0, 1.0, ncols=50, ascii=True))
print(tqdm.format_sizeof(123456), tqdm.format_interval(3725))
print(tqdm.format_meter(5, None, 2.5, unit="row"))
