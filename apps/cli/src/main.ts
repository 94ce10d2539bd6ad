/**
 * The program `mqtt`: ties `run` to the process.
 */
import { resolveSrv } from 'node:dns/promises';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import manifest from '../package.json' with { type: 'json' };
import { run } from './run.ts';
import type { World } from './world.ts';

// The command line may hold a password; on most systems this takes it out of the process list.
process.title = 'mqtt';
// Whoever reads our output may leave: `mqtt sub | head -1`. Then stdout closes, and the command ends.
process.stdout.on('error', () => process.stdout.destroy());
process.stderr.on('error', () => undefined);

const started = Date.now() * 1000 - performance.now() * 1000;

const world: World = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  processId: process.pid,
  readFile: (path) => readFile(path),
  readFolder: (path) => readdir(path),
  writeFile: (path, text) => writeFile(path, text),
  resolveSrv: (name) => resolveSrv(name),
  clock: {
    microseconds: () => Math.floor(started + performance.now() * 1000),
    now: () => performance.now(),
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  },
  random: Math.random,
  onInterrupt: (then) => {
    process.on('SIGINT', then).on('SIGTERM', then);
    return () => {
      process.off('SIGINT', then).off('SIGTERM', then);
    };
  },
};

process.exitCode = await run(process.argv.slice(2), manifest.version, world);
// A wait that nobody needs any more, e.g. of `request`, keeps the process no longer.
process.stdin.destroy();
process.stdout.write('', () => process.exit());
