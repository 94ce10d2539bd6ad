/**
 * The files that a configuration names: read, with a word on what is wrong when they cannot be, and remembered by what
 * was in them, so that a reload can say which are other ones now. Knows nothing of what stands in them.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a file is for, as a reload's line in the log says it. */
export type FileKind = 'passwords' | 'acl' | 'certificate' | 'key' | 'ca' | 'crl' | 'psk' | 'jwks' | 'secret';

/** A file that cannot be read; the message says which and why. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly code = 'FILE_UNREADABLE';

  constructor(file: string, why: string) {
    super(`${file}: ${why}`);
  }
}

/** Why a file or folder cannot be had, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'is a folder; name a file in it';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** The files of one load of a configuration. */
export class NamedFiles {
  readonly #digests = new Map<string, string>();

  /** The text of a file. @throws {UnreadableFile} */
  text(file: string, kind: FileKind): string {
    try {
      const text = readFileSync(file, 'utf8');
      this.#digests.set(`${kind} ${file}`, createHash('sha256').update(text).digest('hex'));
      return text;
    } catch (error) {
      throw new UnreadableFile(file, whyUnreadable(error));
    }
  }

  /** The text of a file, or of every certificate in a folder. @throws {UnreadableFile} */
  pem(file: string, kind: FileKind): string {
    if (!statSync(file, { throwIfNoEntry: false })?.isDirectory()) return this.text(file, kind);
    const names = readdirSync(file).filter((name) => /\.(?:pem|crt|cer)$/.test(name));
    if (names.length === 0)
      throw new UnreadableFile(file, 'the folder has no files that end in .pem, .crt or .cer');
    return names.map((name) => this.text(join(file, name), kind)).join('\n');
  }

  /** Files with another content than before, or that were not there, or are no longer: `passwords /etc/mqttd/passwd`. */
  since(before: NamedFiles): readonly string[] {
    const all = new Set([...before.#digests.keys(), ...this.#digests.keys()]);
    return [...all].filter((file) => before.#digests.get(file) !== this.#digests.get(file)).sort();
  }
}
