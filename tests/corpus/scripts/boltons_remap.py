import cgi
from boltons.iterutils import remap, chunked
from boltons.strutils import slugify

data = {"title": "A <b>bold</b> title", "tags": ["x", None, "y"], "note": None}
clean = remap(data, visit=lambda path, key, value: value is not None)
print(sorted(clean))
print(slugify(clean["title"]))
print(cgi.escape(clean["title"]))
for part in chunked(range(7), 3):
    print(list(part))
