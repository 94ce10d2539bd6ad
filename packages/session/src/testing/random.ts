/** Chance under a seed: the same numbers for the same seed, on every machine. Not for secrets. */

/** A source of numbers from 0 up to, not including, 1; in the place of Math.random. */
export function seededRandom(seed: number): () => number {
  // A xorshift generator; its state may be anything but 0.
  let state = (seed ^ 0x2545_f491) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
