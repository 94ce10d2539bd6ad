/**
 * aedes as a process of its own: port, `tcp`, `tls` or `ws`, key and certificate. Plain JavaScript, so that no loader
 * stands between Node and the peer.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';

const [, , port, over, key, cert] = process.argv;
const aedes = await Aedes.createBroker();

/** The server that its documentation names for this transport. */
function serverOf() {
  if (over === 'ws') {
    const server = createHttpServer();
    const handleProtocols = () => 'mqtt';
    const sockets = new WebSocketServer({ server, handleProtocols, perMessageDeflate: false });
    sockets.on('connection', (socket, request) => aedes.handle(createWebSocketStream(socket), request));
    return server;
  }
  if (over === 'tls') {
    const secure = { key: readFileSync(key ?? ''), cert: readFileSync(cert ?? '') };
    return createTlsServer({ ...secure, noDelay: true }, aedes.handle);
  }
  return createServer({ noDelay: true }, aedes.handle);
}

serverOf().listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
