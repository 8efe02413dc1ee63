from OpenSSL import crypto

key = crypto.PKey()
key.generate_key(crypto.TYPE_RSA, 1024)
box = crypto.PKCS12()
box.set_privatekey(key)
box.set_friendlyname(b"laptop")
print(box.get_friendlyname())
print(box.get_privatekey().bits(), box.get_certificate())
