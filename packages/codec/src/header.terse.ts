/**
 * `header.ts` in few bytes: for clients only, and without telling apart what is wrong with a byte.
 */
import type { Reader } from './reader.ts';
import * as rule from './rules.ts';
import { packetTypes } from './tables/packet-types.ts';

/** Packet number - 1 -> name and row. */
const types: readonly (readonly [string, readonly [number, number, string]])[] =
  /* @__PURE__ */ Object.entries(packetTypes);

function checkHeader(r: Reader, header: number): void {
  const [, [number, flags, sender]] = types[(header >> 4) - 1] ?? ['', [16, 0, '']];
  if (number === 3) return;
  if (header % 16 !== flags || sender === 'client' || number > (r.version < 5 ? 13 : 15))
    r.fail(rule.fixedHeaderFlags, r.start);
}

export { checkHeader, types };
