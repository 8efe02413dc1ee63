"""With which releases of its library does a script still build, run and give the same result?"""

__version__ = "0.1.0"
