/**
 * A broker that is just well enough for the fuzzer's witness, with one sickness to be found. It answers CONNECT,
 * SUBSCRIBE and PUBLISH of the witness and swallows everything else.
 */
import { createServer } from 'node:net';
import process from 'node:process';

const sickness = process.argv[2];
let bytes = 0;

/** @param {import('node:net').Socket} socket @param {Buffer} whole */
function serve(socket, whole) {
  let chunk = whole;
  // The witness acknowledges, and its next message may come with it.
  while (socket.isWitness && chunk[0] === 0x40) chunk = chunk.subarray(4);
  if (chunk.length === 0) return;
  const type = chunk[0] >> 4;
  const text = chunk.toString('latin1');
  if (type === 1 && text.includes('an-honest-witness')) {
    socket.isWitness = true;
    socket.write(Buffer.from([0x20, 2, 0, 0]));
    return;
  }
  if (!socket.isWitness) {
    bytes += chunk.length;
    if (bytes < 2000) return;
    if (sickness === 'crash') process.exit(1);
    if (sickness === 'fault')
      process.stderr.write('{"msg":"a fault inside the broker ended one connection"}\n');
  } else if (type === 8) socket.write(Buffer.from([0x90, 3, 255, 255, 1]));
  else if (type === 3 && !(sickness === 'mute' && bytes > 2000)) {
    const topic = 2 + 2 + chunk.readUInt16BE(2);
    socket.write(Buffer.concat([Buffer.from([0x40, 2]), chunk.subarray(topic, topic + 2), chunk]));
  }
}

/** @param {boolean} isMqtt the other port lets nobody in */
const open = (isMqtt) =>
  new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      if (!isMqtt) socket.destroy();
      socket.on('data', (chunk) => serve(socket, chunk));
      socket.on('end', () => {
        if (sickness !== 'stuck' || socket.isWitness) socket.end();
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });

process.on('SIGTERM', () => process.exit(sickness === 'deaf' ? 3 : 0));
const [tcp, ws] = [await open(true), await open(false)];
process.stdout.write(`mqttd ready mqtt://127.0.0.1:${tcp} ws://127.0.0.1:${ws}/mqtt\n`);
