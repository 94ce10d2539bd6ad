/** PINGREQ and PINGRESP: two bytes each, the same in every version (§3.12, §3.13). */
import type { Writer } from '../writer.ts';

/** Writes a PINGREQ. */
export function writePingreq(w: Writer): void {
  w.end(w.begin(0xc0));
}

/** Writes a PINGRESP. */
export function writePingresp(w: Writer): void {
  w.end(w.begin(0xd0));
}
