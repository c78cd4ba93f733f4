#!/usr/bin/env python3
"""A mail server for the demo: takes every mail on loopback, delivers none, keeps each as a file.

    smtp_server.py FOLDER        prints the port it listens on
"""
import asyncio
import itertools
import pathlib
import sys


async def read_message(reader):
    lines = []
    while (line := await reader.readline()) not in (b".\r\n", b""):
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)


async def serve(reader, writer, folder, numbers):
    def say(text):
        writer.write(text.encode() + b"\r\n")

    say("220 demo ready")
    while line := await reader.readline():
        verb = line.split(maxsplit=1)[0].upper() if line.strip() else b""
        if verb == b"EHLO":
            say("250-demo\r\n250-8BITMIME\r\n250 SMTPUTF8")
        elif verb == b"DATA":
            say("354 end with a line of one dot")
            await writer.drain()
            (folder / f"{next(numbers):03}.eml").write_bytes(await read_message(reader))
            say("250 kept")
        elif verb == b"QUIT":
            say("221 bye")
            break
        else:
            say("250 ok" if verb in (b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP") else "502 not here")
        await writer.drain()
    writer.close()


async def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    numbers = itertools.count(1)
    server = await asyncio.start_server(lambda r, w: serve(r, w, folder, numbers), "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1])))
