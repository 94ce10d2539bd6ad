/**
 * The normative statements and whom they bind, from the table that docs/conformance.md is made of, and the ids that
 * a case names. The texts are our paraphrases.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Version } from './case.ts';

/** One normative statement. */
export interface Statement {
  readonly id: string;
  readonly version: Version;
  readonly binds: 'server' | 'client' | 'both';
  readonly paraphrase: string;
  /** Why no test of a server can reach it; '' for most. */
  readonly reason: string;
  /** The same for a client. */
  readonly clientReason: string;
}

/** Beside the program where it is built, in its own place here. */
const TABLE =
  [new URL('./statements.tsv', import.meta.url)].find((url) => existsSync(url)) ??
  new URL('../../../../tools/spec/statements.tsv', import.meta.url);

/** Every statement of both versions, in the order of the specification. */
export function readStatements(text: string = readFileSync(fileURLToPath(TABLE), 'utf8')): Statement[] {
  const [, ...lines] = text.trimEnd().split('\n');
  return lines.map((line) => {
    const [id = '', version = '', binds = '', paraphrase = '', reason = '', clientReason = ''] =
      line.split('\t');
    return { id, version, binds, paraphrase, reason, clientReason } as Statement;
  });
}

const WORD = /(?<![\w.-])(5\.0|3\.1\.1)(?![\w.-])|\[(MQTT-[\d.]+-\d+)\]/g;

/** The ids that `3.1.1 [MQTT-3.1.0-2] 5.0 [MQTT-3.1.0-2]` names for a version. */
export function statementsOf(text: string, version: Version): string[] {
  let current: string | undefined;
  const ids: string[] = [];
  for (const [, word, id] of text.matchAll(WORD)) {
    if (word !== undefined) current = word;
    else if (id !== undefined && current === version) ids.push(id);
  }
  return ids;
}

/** The versions that a case is played in. */
export function versionsOf(text: string): Version[] {
  return (['3.1.1', '5.0'] as const).filter((version) => statementsOf(text, version).length > 0);
}

/** What names a statement among both versions: `5.0 MQTT-3.1.0-2`. */
export function keyOf({ version, id }: { readonly version: string; readonly id: string }): string {
  return `${version} ${id}`;
}

/** true when a server has to keep it. */
export function bindsServer({ binds }: Statement): boolean {
  return binds !== 'client';
}
