/**
 * @mqtt/broker with a listener that mqttd's command line cannot open yet: port, transport, key and certificate.
 * Plain JavaScript and the built package, as mqttd is.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createBroker } from '@mqtt/broker';

const [, , port, type, key, cert] = process.argv;
if (type !== 'tls') throw new Error(`mqttd opens ${type} itself`);

const broker = createBroker();
const secure = { key: readFileSync(key ?? ''), cert: readFileSync(cert ?? '') };
await broker.listen({ type, port: Number(port), ...secure });
process.on('SIGTERM', () => broker.close({ drain: 0 }).then(() => process.exit(0)));
