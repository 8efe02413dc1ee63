from paramiko import Message
from paramiko.py3compat import b, u

m = Message()
m.add_string(b("ssh-rsa"))
m.add_int(42)
m.rewind()
print(u(m.get_binary()), m.get_int())
