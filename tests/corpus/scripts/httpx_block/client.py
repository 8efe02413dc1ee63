# /// script
# requires-python = ">=3.8"
# dependencies = ["httpx==0.27.0", "anyio<4.5"]
# ///
import httpx


def answer(request):
    return httpx.Response(200, json={"path": request.url.path})


transport = httpx.MockTransport(answer)
with httpx.Client(transport=transport, proxies=None) as client:
    print(client.get("http://example.org/a/b").json())
