/**
 * Writes Topic Names that were written before. Programs publish to the same few topics: copying a name costs less than
 * half of looking through it (Node 20). Bounded.
 */
import type { Writer } from './writer.ts';

/**
 * Names as they lie on the wire; at most so many of so many bytes. Begun anew, never cleared: a table that V8 clears leads
 * to the next one, so that the first of them that is old keeps the names of all in memory until old space is collected.
 * With a million topics that was 400 bytes each [F17].
 */
let written = /* @__PURE__ */ new Map<string, Uint8Array>();
const MOST = 1024;
const LONGEST = 64;

/** What `Writer.writeName` can be. The key is a text of its own: a name cut from a long text would keep that in memory. */
export function writeKnownName(w: Writer, name: string): void {
  const known = written.get(name);
  if (known) w.raw(known);
  else {
    const from = w.pos;
    w.string(name, true);
    if (written.size > MOST) written = new Map();
    if (w.pos - from < LONGEST) written.set(` ${name}`.slice(1), w.bytes.slice(from, w.pos));
  }
}
