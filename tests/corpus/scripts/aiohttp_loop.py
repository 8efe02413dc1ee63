import asyncio

from aiohttp import web


async def hello(request):
    return web.Response(text="hi %s" % request.match_info["who"])


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
app = web.Application(loop=loop, debug=False)
app.router.add_get("/hi/{who}", hello, name="hi")
print(app.router["hi"].url_for(who="eva"))
print(len(app.router.routes()), app.debug)
