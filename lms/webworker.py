"""gunicorn's threads, with two habits of their own.

A thread is given a connection when something of a request is there, and not before. gunicorn lets a thread wait five seconds for
it, so that forty connections on which nobody says anything, as browsers open them for later, silenced a site of eight threads for
forty seconds. A client that goes silent in the midst of a request or an answer, as when a hall loses its network, is given up
after `STALL` seconds instead of never.

A thread that has answered looks out for the next request of the same connection. gunicorn gives every connection back to its main
thread after every answer; that one wakes for it, listens to it, wakes again for its next request and hands it to a thread. A
browser that has a page asks for what belongs to it at once, and a proxy asks on the connection it used last: for them those are
two waits for Python's lock too many (bench/README.md). Nobody waits for this: it is done by a thread that nothing else wants, for
five milliseconds at most, and it looks up every one of them.
"""

import select
import selectors
import socket
import struct
import time
from collections import deque
from functools import partial

from gunicorn.workers.gthread import TConn, ThreadWorker

LOOKS = 5  # of a millisecond each
FIRST_BYTE = 5.0  # seconds from a connection to its request


class Worker(ThreadWorker):
    STALL = 30  # seconds without a byte in the midst of a request or of an answer

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[TConn] = deque()  # given to the threads, begun by none

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to the threads; a new one when it can be read, with gunicorn's own means for those it put off."""
        if not conn.initialized and not conn.data_ready:
            for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, direction, struct.pack("@ll", self.STALL, 0))
            conn.timeout = time.monotonic() + FIRST_BYTE
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
            return
        self._waiting.append(conn)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """Return True where the connection is to be kept, as gunicorn's own does, after one request or several."""
        self._waiting.popleft()  # whichever: only how many there are counts
        kept = super().handle(conn)
        while kept is True and self.alive and self._asks_at_once(conn):
            kept = super().handle(conn)
        return kept

    def _asks_at_once(self, conn: TConn) -> bool:
        ready = select.poll()
        ready.register(conn.sock, select.POLLIN)
        return any(not self._waiting and ready.poll(1) for _look in range(LOOKS))
