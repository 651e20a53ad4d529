// A chat as it is often built: socket.io in front of a Redis stream. A message is acknowledged and
// shown to the other party of its room after XADD has answered, which with `appendfsync always` is
// after the disk has. Takes the port of Redis; prints its own.
const http = require('node:http');
const net = require('node:net');
const { Server } = require('socket.io');

const [redisPort] = process.argv.slice(2);

// XADD alone is needed: commands go out as they come, answers come in their order.
const redis = net.connect({ host: '127.0.0.1', port: Number(redisPort), noDelay: true });
const waiting = [];
let unread = '';

function append(text, done) {
  const words = ['XADD', 'messages', '*', 'message', text];
  const lines = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  redis.write(`*${words.length}\r\n${lines.join('')}`);
  waiting.push(done);
}

redis.setEncoding('latin1');
redis.on('data', (data) => {
  unread += data;
  for (;;) {
    // The answer to XADD is a bulk string: a line with its length, a line with the id.
    const first = unread.indexOf('\r\n');
    if (first < 0) return;
    if (unread[0] !== '$') throw new Error(`Redis says ${unread.slice(0, first)}`);
    const second = unread.indexOf('\r\n', first + 2);
    if (second < 0) return;
    unread = unread.slice(second + 2);
    waiting.shift()();
  }
});

const server = http.createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) => {
  socket.on('join', (room) => socket.join(room));
  socket.on('say', (room, id, text) => {
    append(text, () => {
      socket.emit('accepted', id);
      socket.to(room).emit('posted', id, text);
    });
  });
});
redis.on('connect', () => {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
    console.log(`listening ${server.address().port}`);
  });
});
