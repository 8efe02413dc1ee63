from werkzeug import secure_filename
from werkzeug.datastructures import MultiDict

for name in ["../../etc/passwd", "My cool movie.mov", "i contain cool \xfcml\xe4uts.txt"]:
    print(secure_filename(name))
form = MultiDict([("a", "1"), ("a", "2"), ("b", "3")])
print(form.getlist("a"), form["b"])
