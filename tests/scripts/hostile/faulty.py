import ctypes
import brick
ctypes.string_at(0)
