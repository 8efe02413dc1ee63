from PIL import Image

picture = Image.new("L", (4, 4))
picture.putdata([0, 40, 80, 120, 160, 200, 240, 250, 10, 20, 30, 40, 90, 80, 70, 60])
small = picture.resize((3, 3))
print(small.size, small.mode)
print(list(small.getdata()))
