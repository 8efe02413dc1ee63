from zope.interface import Interface, implementer, providedBy


class IRead(Interface):
    pass


class IWrite(Interface):
    pass


class IFile(IRead, IWrite):
    pass


@implementer(IRead, IFile)
class File(object):
    pass


print([i.getName() for i in providedBy(File()).flattened()])
print(IFile.implementedBy(File), list(IFile.__bases__) == [IRead, IWrite])
