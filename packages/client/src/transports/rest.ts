/**
 * When to read a socket less often. A peer that sends each packet alone, as fast as it can (Mosquitto), makes reading,
 * waking up and the answer to it cost many times what the packet does; a millisecond later there are fifty to read at
 * once. Rests are tried, and kept up only while they do not slow the flow: who awaits each acknowledgement before the
 * next message never rests. Knows no socket; time is an argument.
 */

/** So many reads in a row, this often a millisecond, are worth a trial. */
const READS = 16;
const READS_A_MS = 10;
/** A read this large, bytes, may have left more behind. */
const LARGE = 16_384;
/** Rests of one verdict, the least share of the old flow that is good, and ms until the next trial after a bad one. */
const RESTS = 4;
const GOOD = 0.9;
const AGAIN = 250;

/** Looks at the reads of one connection. */
export class Rests {
  #bytes = 0;
  #reads = 0;
  #since = -Infinity;
  #next = -Infinity;
  /** Bytes a ms that came before the first rest; undefined: every read is taken as it comes. */
  #before: number | undefined;

  /** `bytes` were read at `now`, ms. true: better rest for a millisecond before the next read. */
  read(bytes: number, now: number): boolean {
    this.#bytes += bytes;
    if (bytes >= LARGE) return false;
    this.#reads += 1;
    const took = now - this.#since;
    if (this.#before === undefined) {
      if (this.#reads < READS) return false;
      if (took * READS_A_MS < READS && now >= this.#next) this.#before = this.#bytes / took;
    } else {
      if (this.#reads < RESTS) return true;
      if (this.#bytes / took < this.#before * GOOD) {
        this.#before = undefined;
        this.#next = now + AGAIN;
      }
    }
    this.#bytes = 0;
    this.#reads = 0;
    this.#since = now;
    return this.#before !== undefined;
  }
}
