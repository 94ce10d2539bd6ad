/**
 * aedes as a process of its own, on the port given as argument. Plain JavaScript, so that no loader stands between
 * Node and the peer.
 */
import { createServer } from 'node:net';
import process from 'node:process';
import { Aedes } from 'aedes';

const aedes = await Aedes.createBroker();
const server = createServer({ noDelay: true }, aedes.handle);
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
