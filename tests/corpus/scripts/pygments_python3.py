from pygments import lex
from pygments.lexers import PythonLexer
from pygments.token import Token

CODE = '''
def hello(name):
    print "hello %s" % name
    raise ValueError, unicode(name)
'''
words = [(str(t), v) for t, v in lex(CODE, PythonLexer()) if v.strip()]
for kind, value in words:
    print("%-35s %s" % (kind, value))
