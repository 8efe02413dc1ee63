import black

source = '''class Shape(Protocol):
    def area(self) -> float:
        ...

def first(x): return x if x else (
    None)
'''
print(black.format_str(source, mode=black.Mode()))
