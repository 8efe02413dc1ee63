from flask import Flask, jsonify

app = Flask(__name__)
app.config["JSON_SORT_KEYS"] = False


@app.route("/steps")
def steps():
    return jsonify([{"wash": 1, "rinse": 2, "dry": 3, "again": 4}])


reply = app.test_client().get("/steps")
print(reply.status_code)
print("".join(reply.get_data(as_text=True).split()))
