/** Publishes to one topic as fast as the broker takes it, until its parent ends it. Words: the load as JSON. */
import process from 'node:process';
import { connect } from '@mqtt/client';

const { port, qos, bytes, window, topic } = JSON.parse(process.argv[2] ?? '');
const client = await connect(`mqtt://127.0.0.1:${port}`);
const payload = new Uint8Array(bytes).fill(0x78);
process.on('disconnect', () => process.exit(0));
/** In one turn this much at QoS 0 at most: a broker drops what a subscriber does not take. */
const TURN = Math.max(1, Math.floor(65_536 / (bytes + 32)));
await client.publish(topic, payload, { qos });
process.send({ ready: true });
const one = async () => {
  for (;;) await client.publish(topic, payload, { qos });
};
if (qos > 0) for (let at = 0; at < window; at += 1) one();
else {
  for (;;) {
    for (let at = 0; at < TURN; at += 1) await client.publish(topic, payload);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
