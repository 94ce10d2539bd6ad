/** The command `mqtt-conformance`: packed as a bundle, and by `npm run conformance:run` from the sources, so that a case just written is played. */
import process from 'node:process';
import { main } from './conformance/main.ts';

process.exitCode = await main(process.argv.slice(2));
