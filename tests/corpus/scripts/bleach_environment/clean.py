import bleach

text = '<p style="color: red">a <script>b</script></p>'
print(bleach.clean(text, tags=["p"], attributes=["style"], styles=["color"], strip=True))
