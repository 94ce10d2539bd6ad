/**
 * aedes as a process of its own, on free loopback ports, with its defaults: memory, anonymous, TCP and WebSocket as its
 * documentation says; given the files of a CA, a certificate and its key, TLS and mutual TLS too. Prints its addresses.
 * Plain JavaScript, so that no loader stands between Node and the peer.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

const aedes = await Aedes.createBroker();
const tcp = createServer({ noDelay: true }, aedes.handle);
const http = createHttpServer();
const sockets = new WebSocketServer({
  server: http,
  // MQTT.js asks for mqttv3.1 where it speaks 3.1.
  handleProtocols: (asked) => ['mqtt', 'mqttv3.1'].find((name) => asked.has(name)) ?? false,
  perMessageDeflate: false,
});
sockets.on('connection', (socket, request) => {
  const stream = createWebSocketStream(socket);
  stream.on('error', () => undefined);
  aedes.handle(stream, request);
});
/** @type {[scheme: string, server: import('node:net').Server, path: string][]} */
const servers = [
  ['mqtt', tcp, ''],
  ['ws', http, '/mqtt'],
];
const files = process.argv.slice(2);
if (files.length === 3) {
  const [ca, cert, key] = files.map((path) => readFileSync(path));
  servers.push(['mqtts', createTlsServer({ ca, cert, key }, aedes.handle), '']);
  const mutual = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
  servers.push(['mqtts', createTlsServer(mutual, aedes.handle), '']);
}
const urls = [];
for (const [scheme, server, path] of servers) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  urls.push(`${scheme}://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`);
}
console.log(`aedes ${aedes.version} ready ${urls.join(' ')}`);
// In order, as its documentation says.
process.on('SIGTERM', () => aedes.close(() => process.exit(0)));
