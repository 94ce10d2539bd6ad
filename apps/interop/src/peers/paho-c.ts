/**
 * The Paho C library, by a program of ours that is compiled when it is first needed: into a folder that git ignores,
 * under the hash of its sources.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type LineProgram, lineClient } from './line-client.ts';
import { type Command, processEach } from './line-process.ts';
import type { Client, Transport, Version } from './peer.ts';
import { findProgram, Program } from './program.ts';

/** What a person types to get it. */
export const HOW_TO_INSTALL =
  'apt-get install gcc libc6-dev libpaho-mqtt-dev (Debian), brew install libpaho-mqtt (macOS)';

const SOURCES = fileURLToPath(new URL('./programs/paho-c/', import.meta.url));
const FILES = ['client.c', 'properties.c', 'json.c'];
const HEADERS = ['json.h', 'properties.h'];
/** In the folder of the package: `src/peers` is two folders down, `dist` one. */
const PACKAGE = /\/src\/peers\/[^/]*$/.test(import.meta.url) ? '../../' : '../';
const CACHE = fileURLToPath(new URL(`${PACKAGE}.cache/`, import.meta.url));

/** Compiles it, unless it is. @throws {Error} with what the compiler says, and how to install the library */
async function compiled(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...HEADERS]) hash.update(readFileSync(join(SOURCES, file)));
  const path = join(CACHE, `paho-c-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  // Another process may do the same at this time: each writes its own, and one of them takes the name.
  const own = `${path}.${process.pid}`;
  const words = ['-O1', '-Wall', '-Wextra', '-o', own, ...FILES.map((file) => join(SOURCES, file))];
  const gcc = new Program(findProgram('gcc', HOW_TO_INSTALL), [...words, '-lpaho-mqtt3as', '-lpthread']);
  const { code } = await gcc.ended;
  if (code !== 0) throw new Error(`gcc ended with ${code}; ${HOW_TO_INSTALL}${gcc.tail}`);
  renameSync(own, path);
  return path;
}

let compiling: Promise<string> | undefined;

async function command(): Promise<Command> {
  compiling ??= compiled();
  return { path: await compiling, args: [] };
}

/** Opens a connection in a process of its own. */
export const openPahoC: () => Promise<LineProgram> = processEach(command);

function cannot(version: Version): Client['cannot'] {
  const keepsWindow =
    'Paho C 1.3.12 keeps to it, but fills a full window once a second: 300 messages take 15 s';
  if (version !== '5.0') return { keepsWindow, endsWithWill: 'DISCONNECT has no reason code in 3.x' };
  return {
    keepsWindow,
    endsWithWill: 'its DISCONNECT discards the will',
    takesTopicAliases: 'Paho C 1.3.12 gives its application an empty topic in place of the alias',
  };
}

/** Paho C in one protocol version over one transport. */
export function pahoC(version: Version, transport: Transport): Client {
  const way = { version, transport };
  return lineClient({ name: 'Paho C', way, cannot: cannot(version), open: openPahoC });
}
