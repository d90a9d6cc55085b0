"""A way to an engine that can be cut and held up."""
import selectors
import socket
import struct
import threading

PIECE = 1 << 16
MOST_WAITING = 1 << 20  # bytes that one side has not taken yet


class Detour:
    """Passes on connections to a port of loopback, on a thread of its own. All other methods are for any thread."""

    def __init__(self, listen, target):
        self._target = target
        self._lock = threading.Lock()
        self._pairs = {}  # a socket -> the one at the other end
        self._waiting = {}  # a socket -> what it is to be sent
        self._held = False
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._listener = socket.create_server(("127.0.0.1", listen), backlog=512)
        for waited_for in (self._listener, self._woken):
            waited_for.setblocking(False)
            self._selector.register(waited_for, selectors.EVENT_READ)
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hold(self):
        """From now on nothing gets through; nobody is told."""
        with self._lock:
            self._held = True
            for one in self._pairs:
                self._watch(one)

    def release(self):
        with self._lock:
            self._held = False
            for one in self._pairs:
                self._watch(one)
        self._wake.send(b"!")

    def cut(self):
        """Resets every connection, and says how many. What was on its way is lost; new ones are taken."""
        with self._lock:
            cut = list(self._pairs)
            for one in cut:
                self._drop(one, reset)
        return len(cut) // 2

    def way_of(self, client_port):
        """The port by which the engine sees the client that connected from the other port."""
        with self._lock:
            for one, other in self._pairs.items():
                if one.getsockname()[1] == self._listener.getsockname()[1] and one.getpeername()[1] == client_port:
                    return other.getsockname()[1]
        return None

    def close(self):
        self._ended = True
        self._wake.send(b"!")
        self._thread.join()
        self.cut()
        for one in (self._listener, self._wake, self._woken):
            one.close()

    def _run(self):
        while not self._ended:
            for key, events in self._selector.select(1):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._take()
                    elif key.fileobj is self._woken:
                        self._woken.recv(64)
                    elif key.fileobj in self._pairs:
                        self._pass_on(key.fileobj, events)

    def _take(self):
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        try:
            engine = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            reset(client)
            return
        for one, other in ((client, engine), (engine, client)):
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[one], self._waiting[one] = other, bytearray()
        self._watch(client)
        self._watch(engine)

    def _pass_on(self, one, events):
        other = self._pairs[one]
        try:
            if events & selectors.EVENT_READ:
                piece = one.recv(PIECE)
                if not piece:
                    self._drop(one, socket.socket.close)
                    return
                self._waiting[other] += piece
            for receiver in (one, other):
                if self._waiting[receiver]:
                    del self._waiting[receiver][:receiver.send(self._waiting[receiver])]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(one, reset)
            return
        self._watch(one)
        self._watch(other)

    def _watch(self, one):
        """For what has to happen next on this socket."""
        wanted = 0
        if not self._held:
            wanted |= selectors.EVENT_READ if len(self._waiting[self._pairs[one]]) < MOST_WAITING else 0
            wanted |= selectors.EVENT_WRITE if self._waiting[one] else 0
        registered = one in self._selector.get_map()
        if wanted and registered:
            self._selector.modify(one, wanted)
        elif wanted:
            self._selector.register(one, wanted)
        elif registered:
            self._selector.unregister(one)

    def _drop(self, one, close):
        if one not in self._pairs:
            return
        for end in (one, self._pairs[one]):
            if end in self._selector.get_map():
                self._selector.unregister(end)
            del self._pairs[end], self._waiting[end]
            close(end)


def reset(connection):
    """Closes it so that the other end gets an error rather than an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
