import chardet

samples = [u"Příliš žluťoučký kůň úpěl ďábelské ódy".encode("cp1250"), u"Ein schöner Tag für Käse".encode("latin-1"),
           u"Съешь же ещё этих мягких французских булок".encode("koi8-r"), b"plain text"]
for sample in samples:
    print(chardet.detect(sample)["encoding"])
