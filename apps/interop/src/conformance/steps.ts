/**
 * How the steps of a case are walked, whichever end of the connection plays: those of the version, one after the other;
 * of several ways the first that fits. Knows no step.
 */
import type { Version } from './case.ts';
import { Ended } from './outcome.ts';
import type { Wire } from './wire.ts';

/** What every step may say beside what is done. */
interface Marked {
  /** Taken in this version alone. */
  readonly only?: Version | undefined;
  /** The statements that a failure of this step breaks, where it is not all of the case. */
  readonly proves?: readonly string[] | undefined;
}

/** Does the steps of a version, in their order. @throws {Ended} at the first that ends the play */
export async function walk<S extends Marked>(
  steps: readonly S[],
  version: Version,
  act: (step: S) => Promise<void> | void,
): Promise<void> {
  for (const step of steps) {
    if (step.only !== undefined && step.only !== version) continue;
    try {
      await act(step);
    } catch (error) {
      if (error instanceof Ended) error.proves ??= step.proves;
      throw error;
    }
  }
}

/** Goes the first way that fits; every one sees what came from the beginning. @throws {Ended} when none does */
export async function firstThatFits<S>(
  ways: readonly (readonly S[])[],
  wires: Iterable<Wire>,
  all: (steps: readonly S[]) => Promise<void>,
): Promise<void> {
  const before = [...wires].map((wire) => [wire, wire.taken] as const);
  const reasons: string[] = [];
  for (const way of ways) {
    for (const [wire, taken] of before) wire.taken = taken;
    try {
      await all(way);
      return;
    } catch (error) {
      if (!(error instanceof Ended) || error.verdict !== 'failed') throw error;
      reasons.push(error.message);
    }
  }
  throw new Ended('failed', `neither: ${reasons.join('; nor: ')}`);
}

/** Sends each byte on its own. */
export function sendSplit(wire: Wire, { bytes, meaning }: { bytes: Uint8Array; meaning: string }): void {
  for (const [i] of bytes.entries())
    wire.send(bytes.subarray(i, i + 1), `byte ${i + 1} of ${bytes.length} of ${meaning}`);
}
