import brick
held = []
while True:
    held.append(bytearray(10 ** 7))
