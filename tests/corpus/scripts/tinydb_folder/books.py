from tinydb import TinyDB

db = TinyDB("books.json")
print(len(db), "books")
db.insert({"title": "Walden", "year": 1854})
print(sorted(book["title"] for book in db.all()))
db.purge()
print(len(db), "left")
