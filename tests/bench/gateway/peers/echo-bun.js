// An echo server on Bun's own WebSockets, as its documentation shows one; prints its port.
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('not a WebSocket', { status: 400 });
  },
  websocket: {
    idleTimeout: 0,
    message(socket, message) {
      socket.send(message);
    },
  },
});
console.log(`listening ${server.port}`);
