from zope.interface import Interface, implements, providedBy


class IShape(Interface):
    def area():
        "the size"


class Square(object):
    implements(IShape)

    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2


square = Square(3)
print IShape.providedBy(square), square.area()
print [i.__name__ for i in providedBy(square)]
