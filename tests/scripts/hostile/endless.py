import brick
while True:
    pass
