"""Count how a logged function was called."""
from decorator import decorator


@decorator
def logged(func, *args, **kw):
    print(func.__name__, "args", args, "keywords", sorted(kw.items()))
    return func(*args, **kw)


@logged
def area(width, height=2):
    return width * height


print(area(3))
print(area(3, height=4))
print(area(width=5, height=6))
