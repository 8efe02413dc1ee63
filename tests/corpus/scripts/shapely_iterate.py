from shapely.geometry import MultiPoint, Point, box

places = MultiPoint([(0, 0), (1, 1), (3, 2)])
for place in places:
    print(place.x, place.y, place.distance(Point(0, 0)) < 2)
print(box(0, 0, 2, 2).area, len(places))
