import sympy
from sympy import mpmath

x = sympy.Symbol("x")
print(sympy.integrate(sympy.sin(x) * x, x))
mpmath.mp.dps = 20
print(mpmath.nstr(mpmath.zeta(3), 15))
