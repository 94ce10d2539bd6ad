/**
 * What an mqttd under attack is started with: the program, a configuration, the files it names, where its data lies.
 * Knows no process.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The built program. @throws {Error} when it is not built */
export function program(): string {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return path;
}

/** What mqttd is started with. */
export interface Setup {
  /** Names of the listeners, in the order of the configuration. */
  readonly listeners: readonly string[];
  /** The configuration; `@name` is the path of a file of `files`. */
  readonly yaml: string;
  /** Name -> content of the files that the configuration names. */
  readonly files?: Readonly<Record<string, string>>;
  /** With what the witness comes in; default: as nobody. */
  readonly witness?: { readonly username: string; readonly password: string };
  /** true: what it keeps is on disk, in its folder; default: it keeps nothing. */
  readonly isStored?: boolean;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** From the words that start it to those that do it under other conditions. */
  readonly before?: (words: readonly string[]) => readonly string[];
}

/** A folder with a configuration and the files it names. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'mqttd-hostile-'));

  constructor({ yaml, files = {} }: Pick<Setup, 'yaml' | 'files'>) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    this.write(
      'mqttd.yaml',
      yaml.replace(/@(\w[\w.-]*)/g, (_, name: string) => join(this.path, name)),
    );
  }

  get configuration(): string {
    return join(this.path, 'mqttd.yaml');
  }

  /** Where its data is kept, if it is. */
  get data(): string {
    return join(this.path, 'data');
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.path, name), content, { mode: 0o600 });
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs it under this bound of the shell: `-n 400`, `-f 2000`. */
export function limited(bound: string): (words: readonly string[]) => readonly string[] {
  return (words) => ['sh', '-c', `ulimit ${bound}; exec "$@"`, 'sh', ...words];
}
