from attrs import asdict, define, field


@define
class Point:
    x: int = field(converter=int)
    y: int = field(default=0)


p = Point("3")
p.y += 4
print(p)
print(asdict(p))
print(Point(1) == Point(1))
