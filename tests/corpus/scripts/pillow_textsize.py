from PIL import Image, ImageDraw, ImageFont

picture = Image.new("L", (120, 30), 255)
draw = ImageDraw.Draw(picture)
font = ImageFont.load_default()
width, height = draw.textsize("total: 42", font=font)
print(width > 20, height > 5)
draw.rectangle((2, 2, 20, 10), fill=0)
print(picture.histogram()[0])
