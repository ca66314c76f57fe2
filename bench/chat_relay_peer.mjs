// The bare relay that chat is compared with: Node's ws, no storage, no token, each pair's two sockets given what the other says.
// usage: node chat_relay_peer.mjs PORT PATH-OF-WS
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(import.meta.url)(process.argv[3]);
const waiting = new Map();
const server = new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket, request) => {
  const session = request.url.split('/')[3];
  const peer = waiting.get(session);
  waiting.delete(session);
  if (peer) [socket.peer, peer.peer] = [peer, socket];
  else waiting.set(session, socket);
  socket.on('message', (data, binary) => socket.peer?.send(data, { binary }));
});
server.on('listening', () => console.log('ready'));
