"""Write measured points and a field's outline as shapefiles, and read them back."""
import os
import shutil
import tempfile

import shapefile

folder = tempfile.mkdtemp()
try:
    base = os.path.join(folder, "points")
    w = shapefile.Writer(shapefile.POINT)
    w.field("NAME", "C", 20)
    w.field("HEIGHT", "N", 10, 2)
    for x, y, name, height in [(1.5, 2.5, "north", 101.25), (4, 8, "ridge", 140.5), (7, 3, "pond", 88)]:
        w.point(x, y)
        w.record(name, height)
    w.save(base)

    r = shapefile.Reader(base)
    print([f[0] for f in r.fields])
    print("box:", [float(v) for v in r.bbox])
    for sr in r.shapeRecords():
        print(sr.record[0], sr.record[1], list(sr.shape.points[0]))
finally:
    shutil.rmtree(folder)
