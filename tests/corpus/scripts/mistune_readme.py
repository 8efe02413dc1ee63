"""Turn release notes into HTML for the web page."""
import mistune

NOTES = """\
Release 2.1
===========

* faster **start**
* new command `pack`

| option | meaning |
|--------|---------|
| -q     | quiet   |

See [the manual](https://example.org/m?a=1&b=2 "Manual") or <b>ask</b>.

```python
print("x < y")
```

1. unpack
2. run ~~setup~~ install
"""

html = mistune.markdown(NOTES)
print(html)
print(html.count("<li>"), "items")
