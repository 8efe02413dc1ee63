"""Which releases of its library does a script still build, run and agree with itself on."""

__version__ = "0.1.0"
