import dns.hash
import dns.name

name = dns.name.from_text("www.Example.com.")
print(name.to_text(), len(name), name.parent())
print(dns.hash.hashes["SHA256"](name.canonicalize().to_wire()).hexdigest()[:12])
