/** `npm run build:binary`: mqttd as one file, in apps/broker/dist-binary unless a folder is given. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildBinary } from './build.ts';

const [folder = fileURLToPath(new URL('../../../apps/broker/dist-binary', import.meta.url))] =
  process.argv.slice(2);
const program = await buildBinary(resolve(folder));
const { size } = await stat(program);
process.stdout.write(`${program}: ${Math.round(size / 1e6)} MB, Node ${process.versions.node}\n`);
