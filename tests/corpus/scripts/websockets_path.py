import asyncio
import websockets

async def echo(websocket, path):
    async for message in websocket:
        await websocket.send("%s said at %s" % (message, path))

async def main():
    server = await websockets.serve(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ws = await websockets.connect("ws://127.0.0.1:%d/room" % port)
    for word in ("one", "two"):
        await ws.send(word)
        print(await ws.recv())
    await ws.close()
    server.close()
    await server.wait_closed()

asyncio.get_event_loop().run_until_complete(main())
