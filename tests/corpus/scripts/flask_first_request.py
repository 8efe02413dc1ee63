from flask import Flask

app = Flask("shop")
seen = []


@app.before_first_request
def load_prices():
    seen.append("prices loaded")


@app.route("/price/<int:n>")
def price(n):
    return "%s: %d" % (seen[0], n * 3)


client = app.test_client()
for n in (1, 7):
    print(client.get("/price/%d" % n).data.decode())
print(len(seen))
