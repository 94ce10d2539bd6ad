/**
 * When to read a socket less often. A peer that sends each packet alone, as fast as it can (Mosquitto), makes reading,
 * waking up and the answer to it cost many times what the packet does; two milliseconds later there are a hundred to read
 * at once. A flow is watched; where reads are many and small, rests are tried, and kept up only while they gather and do not
 * slow the flow by more than a quarter (on a busy machine it comes and goes as much by itself): who awaits each
 * acknowledgement before the next message hardly ever rests. Knows no socket; time is an argument.
 */

/** How long a rest is, ms. Waking up with cold caches for one costs as much as twenty small packets. */
export const REST = 2;
/** How long a flow is watched, ms, and from how many small reads a ms it is worth a rest. */
const WATCH = 8;
const READS_A_MS = 2;
/** Where a wake-up brings this much, bytes, it costs little beside what it brings. */
const LARGE = 65_536;
/** A rest must bring so many times a usual read; after so many in a row that do not, it is over. */
const GATHERED = 1.5;
const FRUITLESS = 4;
/** Rests that are judged together, the least share of the watched flow that is good, and how often it may be less. */
const RESTS = 12;
const GOOD = 0.75;
const SLOW = 2;
/** ms after which a flow that rests is watched again; ms without rests after they never were good, doubled up to MOST. */
const TERM = 1000;
const AGAIN = 250;
const MOST = 4000;

/** Looks at the reads of one connection. */
export class Rests {
  #bytes = 0;
  /** Of them since the socket was empty last. */
  #gathered = 0;
  /** Small reads while it is watched, rests afterwards. */
  #reads = 0;
  #since = -Infinity;
  #next = -Infinity;
  #pause = AGAIN;
  /** Bytes a ms, and in a read, that came while it was watched; undefined: every read is taken as it comes. */
  #rate: number | undefined;
  #usual = 0;
  #until = 0;
  #fruitless = 0;
  #slow = 0;
  /** Since it was watched last, rests were good at least once. */
  #isGood = false;

  /**
   * `bytes` were read at `now`, ms; `isFull`: all that there was room for, so that more may be there at once. true: better
   * rest before the next read.
   */
  read(bytes: number, now: number, isFull = false): boolean {
    this.#bytes += bytes;
    this.#gathered += bytes;
    if (isFull) return false;
    const gathered = this.#gathered;
    this.#gathered = 0;
    const rate = this.#rate;
    if (rate !== undefined || gathered < LARGE) this.#reads += 1;
    const took = now - this.#since;
    if (rate === undefined) {
      if (took < WATCH) return false;
      // The first of what follows a silence says nothing about the flow.
      if (took < 2 * WATCH && this.#reads > took * READS_A_MS && now >= this.#next) {
        this.#rate = this.#bytes / took;
        this.#usual = this.#bytes / this.#reads;
        this.#until = now + TERM;
        this.#fruitless = this.#slow = 0;
        this.#isGood = false;
      }
    } else {
      this.#fruitless = gathered < this.#usual * GATHERED ? this.#fruitless + 1 : 0;
      if (this.#fruitless === FRUITLESS) this.#failed(now);
      else if (this.#reads < RESTS) return true;
      else if (this.#bytes < rate * GOOD * took) {
        this.#slow += 1;
        if (this.#slow === SLOW) this.#failed(now);
      } else {
        this.#slow = 0;
        this.#isGood = true;
        if (now > this.#until) this.#rate = undefined;
      }
    }
    this.#bytes = 0;
    this.#reads = 0;
    this.#since = now;
    return this.#rate !== undefined;
  }

  /** Where rests were good before, the flow itself may have changed: it is watched anew at once. */
  #failed(now: number): void {
    this.#rate = undefined;
    if (this.#isGood) this.#pause = AGAIN;
    else {
      this.#next = now + this.#pause;
      this.#pause = Math.min(this.#pause * 2, MOST);
    }
  }
}
