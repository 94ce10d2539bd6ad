/**
 * Where the payload of `pub` and `request` comes from: a word, a file, stdin as a whole or line by line, or nowhere.
 */
import { createInterface } from 'node:readline';
import { UsageError } from '../exit-codes.ts';
import type { PayloadWords } from '../words/command-line.ts';
import type { World } from '../world.ts';

/** One payload, or one for each line that comes. */
export type Source =
  | { readonly is: 'one'; readonly payload: Uint8Array }
  | { readonly is: 'lines'; readonly lines: () => AsyncIterable<string> };

const NAMES = { message: '-m', file: '-f', stdinLine: '-l', stdinFile: '-s', nullMessage: '-n' } as const;

/** @throws UsageError unless exactly one source is given */
export async function payloadOf(words: PayloadWords, world: World): Promise<Source> {
  const given = Object.keys(NAMES).filter((name) => words[name as keyof PayloadWords] !== undefined);
  if (given.length !== 1) {
    const all = Object.values(NAMES).join(', ');
    throw new UsageError(
      `${given.length === 0 ? 'no payload' : 'more than one payload'}: one of ${all} is needed`,
    );
  }
  if (words.stdinLine === true) {
    // Made when they are read: an interface that nobody iterates loses its lines.
    const lines = (): AsyncIterable<string> =>
      createInterface({ input: world.stdin, crlfDelay: Number.POSITIVE_INFINITY });
    return { is: 'lines', lines };
  }
  return { is: 'one', payload: await onePayload(words, world) };
}

async function onePayload({ message, file, stdinFile }: PayloadWords, world: World): Promise<Uint8Array> {
  if (message !== undefined) return new TextEncoder().encode(message);
  if (stdinFile === true) {
    const chunks: Buffer[] = [];
    for await (const chunk of world.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  if (file === undefined) return new Uint8Array();
  try {
    return await world.readFile(file);
  } catch (error) {
    throw new UsageError(`-f: ${error instanceof Error ? error.message : String(error)}`);
  }
}
