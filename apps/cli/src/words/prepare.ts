/**
 * What has to happen to the words of a command line before commander reads them: options from a file (`-o`) go in
 * front, `-D` takes as many words as its property needs.
 */
import { UsageError } from '../exit-codes.ts';
import { type Given, takeProperty } from './properties.ts';

/** Words without their `-D`, and what those said. */
export interface Prepared {
  readonly words: readonly string[];
  readonly properties: Given;
}

/** @throws UsageError */
export function takeProperties(args: readonly string[]): Prepared {
  const words: string[] = [];
  const properties: Given = {};
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (word === '--') {
      words.push(...args.slice(at));
      break;
    }
    if (word === '-D' || word === '--property') at += takeProperty(args, at + 1, properties);
    else words.push(word);
  }
  return { words, properties };
}

/**
 * Puts the lines of the options file behind the name of the command: `-t a/b` a line, `#` begins a comment.
 * Words of the command line come later and win. @throws UsageError when the file cannot be read
 */
export async function withOptionsFile(
  args: readonly string[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly string[]> {
  const at = args.findIndex((word) => word === '-o' || word === '--options-file');
  if (at < 0) return args;
  const path = args[at + 1];
  if (path === undefined) throw new UsageError('-o: the file is missing');
  const [command = '', ...others] = [...args.slice(0, at), ...args.slice(at + 2)];
  let text: string;
  try {
    text = new TextDecoder().decode(await readFile(path));
  } catch (error) {
    throw new UsageError(`-o: ${error instanceof Error ? error.message : String(error)}`);
  }
  const given = text.split('\n').flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const [option = '', ...rest] = trimmed.split(/\s/);
    return rest.length === 0
      ? [option]
      : option === '-D' || option === '--property'
        ? trimmed.split(/\s+/)
        : [option, trimmed.slice(option.length).trim()];
  });
  return [command, ...given, ...others];
}
