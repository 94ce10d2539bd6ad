/**
 * The rooms inside the broker: each file imports only from rooms below its own, as layers.ts lists them, and
 * listeners import the Link shape and nothing of the broker.
 */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { BROKER_LAYERS, LISTENERS } from '../layers.ts';
import type { Repository } from '../repository.ts';
import type { Import, SourceFile } from '../source.ts';

const RULE = 'rooms';
const SOURCE = 'packages/broker/src/';

/** The room of a path under packages/broker/src; undefined elsewhere. */
export function roomOf(path: string): string | undefined {
  if (!path.startsWith(SOURCE)) return undefined;
  return path.slice(SOURCE.length).split('/')[0]?.replace(/\.ts$/, '');
}

function layerOf(room: string): number {
  return BROKER_LAYERS.findIndex((layer) => layer.rooms.includes(room));
}

type Verdict = { readonly why: string; readonly wayOut: string };

/** Why `from` may not import `to`; undefined when it may. */
function judge(from: string, to: string): Verdict | undefined {
  if (from === to) return undefined;
  if (from === LISTENERS.room) {
    return {
      why: 'a listener knows bytes and peers, nothing of the broker',
      wayOut: 'take what it needs as arguments',
    };
  }
  if (to === LISTENERS.room) {
    if (LISTENERS.importedFrom.includes(from)) return undefined;
    return {
      why: `only ${LISTENERS.importedFrom.join(', ')} may know listeners`,
      wayOut: 'take a Link as argument',
    };
  }
  const low = layerOf(to);
  const high = layerOf(from);
  if (low < high) return undefined;
  if (low === high && BROKER_LAYERS[low]?.siblings === 'together') return undefined;
  const why =
    low === high
      ? `${from} and ${to} are siblings: neither imports the other`
      : `${from} lies below ${to}, and imports run downward only`;
  const wayOut =
    'return a value, or call an interface declared below and passed in from above (types count too)';
  return { why, wayOut };
}

function checkOutside(file: SourceFile, item: Import): Verdict | undefined {
  if (roomOf(file.path) !== LISTENERS.room || !item.specifier.startsWith('@mqtt/')) return undefined;
  if (LISTENERS.mayImport.includes(item.specifier)) return undefined;
  return {
    why: `listeners import only ${LISTENERS.mayImport.join(', ')}`,
    wayOut: 'a listener sees no packets',
  };
}

function checkFile(file: SourceFile, room: string): Finding[] {
  if (layerOf(room) === -1 && room !== LISTENERS.room) {
    const what = `room '${room}'`;
    const why = 'every file of the broker belongs to a layer';
    return [
      {
        path: file.path,
        line: 1,
        rule: RULE,
        what,
        why,
        wayOut: 'give it its place in tools/tidy/src/layers.ts',
      },
    ];
  }
  return file.imports.flatMap((item) => {
    const target = item.specifier.startsWith('.')
      ? roomOf(posix.join(posix.dirname(file.path), item.specifier))
      : undefined;
    const verdict = target === undefined ? checkOutside(file, item) : judge(room, target);
    if (verdict === undefined) return [];
    return [{ path: file.path, line: item.line, rule: RULE, what: `import '${item.specifier}'`, ...verdict }];
  });
}

/** Findings on imports between rooms of the broker. */
export function roomRule(repo: Repository): Finding[] {
  return repo.files.flatMap((file) => {
    const room = roomOf(file.path);
    return room === undefined ? [] : checkFile(file, room);
  });
}
