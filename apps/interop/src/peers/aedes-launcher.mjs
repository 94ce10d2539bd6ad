/**
 * aedes as a process of its own, on free loopback ports, with its defaults: memory, anonymous, TCP and WebSocket as its
 * documentation says. Prints its addresses. Plain JavaScript, so that no loader stands between Node and the peer.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import process from 'node:process';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

const aedes = await Aedes.createBroker();
const tcp = createServer({ noDelay: true }, aedes.handle);
const http = createHttpServer();
const sockets = new WebSocketServer({
  server: http,
  handleProtocols: () => 'mqtt',
  perMessageDeflate: false,
});
sockets.on('connection', (socket, request) => {
  const stream = createWebSocketStream(socket);
  stream.on('error', () => undefined);
  aedes.handle(stream, request);
});
for (const server of [tcp, http]) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
}
const [mqttPort, wsPort] = [tcp, http].map((server) => {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
});
console.log(`aedes ${aedes.version} ready mqtt://127.0.0.1:${mqttPort} ws://127.0.0.1:${wsPort}/mqtt`);
process.on('SIGTERM', () => process.exit(0));
