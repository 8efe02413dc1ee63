import paramiko

names = {"rsa": paramiko.RSAKey, "dss": paramiko.DSSKey, "ed25519": paramiko.Ed25519Key}
for name, kind in sorted(names.items()):
    print(name, kind.__name__, issubclass(kind, paramiko.PKey))
