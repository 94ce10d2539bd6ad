/**
 * How one play ends: plays it as patiently as its scenario and what is known of its peers ask for, again where a failure
 * would be the machine's, and says what that is: passed, failed, a known departure, or one that is gone.
 */
import { witnessFor } from '../clients.ts';
import type { Line } from '../conformance/wire.ts';
import { type Departure, departureOf } from '../departures.ts';
import type { Place, Tape } from '../network.ts';
import { PlayError, play as playScenario } from '../play.ts';
import { exchangeOf } from '../tape.ts';
import type { Outcome } from './outcome.ts';
import { hasRestart, type Play } from './plan.ts';
import type { Pulse } from './pulse.ts';

/** ms to wait for a message, unless it is said. */
const PATIENCE = 15_000;
/** ms to wait for a message that is known not to come. */
const LITTLE_PATIENCE = 500;
/** ms to wait for one that sometimes does not come. */
const SOME_PATIENCE = 3000;
/** ms for a publisher that is known to hang at times: enough for one that does not, where much else runs. */
const PUBLISH_PATIENCE = 8000;
/** ms by which this process may be late in all while a play goes that time presses: of 2,500 that a Keep Alive leaves. */
const MOST_LATE = 1000;
/** How often such a play is played again. */
const MORE_TRIES = 2;
/** ms that it waits for calm before. */
const REST = 10_000;
/** Longest exchange that is kept, in lines from each end. */
const LONGEST = 60;

/** Judges plays in this process. */
export class Judge {
  readonly #pulse: Pulse;
  readonly #patience: number;

  /**
   * @param pulse says when this process is late
   * @param patience ms to wait for a message
   */
  constructor(pulse: Pulse, patience: number = PATIENCE) {
    this.#pulse = pulse;
    this.#patience = patience;
  }

  /** Plays it, again where that is fair, and says how it ended. */
  async outcome(play: Play, place: Place): Promise<Outcome> {
    const departure = departureOf(play);
    const began = performance.now();
    const { error, spoilt } = await this.#fairFailure(play, place, departure);
    const ms = Math.round(performance.now() - began);
    const known = departure?.why;
    if (error === undefined) {
      const isGone = departure?.isSometimes === false;
      const reason = isGone ? `it passes now; src/departures.ts says: ${known}` : '';
      return { play, verdict: isGone ? 'gone' : 'passed', reason, known, ms, exchange: [], note: '', spoilt };
    }
    const verdict = departure === undefined ? 'failed' : 'known';
    const { exchange, note } = await this.#read(play, place, error, departure);
    return { play, verdict, reason: error.message, known, ms, exchange, note, spoilt };
  }

  /** As `#failure`; one that time presses is not judged by a try in which our own relays kept it waiting. */
  async #fairFailure(
    play: Play,
    place: Place,
    departure: Departure | undefined,
  ): Promise<{ error: PlayError | undefined; spoilt: number }> {
    for (let spoilt = 0; ; spoilt += 1) {
      const before = this.#pulse.late;
      const error = await this.#failure(play, place, departure);
      const isFair = play.scenario.isTimed !== true || this.#pulse.late - before < MOST_LATE;
      if (error === undefined || isFair || spoilt === MORE_TRIES) return { error, spoilt };
      await this.#pulse.calm(REST);
    }
  }

  async #failure(play: Play, place: Place, departure: Departure | undefined): Promise<PlayError | undefined> {
    const usual = this.#patience;
    // What waits for time to pass waits for others' timers, too.
    // A broker that is started again may take as long as it needs: RabbitMQ, 20 s where much else runs.
    const most = hasRestart(play.scenario) ? 4 * usual : usual;
    const patience = play.scenario.isSlow === true ? 2 * usual : most;
    const cast = { ...play, witness: witnessFor(play.reader.way.version) };
    const isShort = departure !== undefined && play.scenario.isSlow !== true;
    const short = departure?.isSometimes === true ? SOME_PATIENCE : LITTLE_PATIENCE;
    const publishPatience = isShort ? PUBLISH_PATIENCE : undefined;
    try {
      await playScenario(play.scenario, place, {
        ...cast,
        patience: isShort ? short : patience,
        publishPatience,
      });
      return undefined;
    } catch (error) {
      if (error instanceof PlayError) return error;
      throw error;
    }
  }

  /** What passed in a play that failed; one over TLS is played again through a relay that reads. */
  async #read(
    play: Play,
    place: Place,
    error: PlayError,
    departure: Departure | undefined,
  ): Promise<{ exchange: Line[]; note: string }> {
    if (isReadable(error.tapes)) return { exchange: shortened(exchangeOf(error.tapes)), note: '' };
    if (hasRestart(play.scenario)) {
      const note = 'over TLS, with a broker that was started again: what passed was not read';
      return { exchange: shortened(exchangeOf(error.tapes)), note };
    }
    const again = await this.#failure(play, { ...place, isRead: true }, departure);
    if (again !== undefined)
      return {
        exchange: shortened(exchangeOf(again.tapes)),
        note: `of another try, through a relay that reads TLS: ${again.message}`,
      };
    const note = 'played again through a relay that reads TLS, it passed';
    return { exchange: shortened(exchangeOf(error.tapes)), note };
  }
}

function isReadable(tapes: readonly Tape[]): boolean {
  return tapes.every((tape) => tape.isReadable);
}

/** Its beginning and its end, and between them how much is left out. */
function shortened(lines: Line[]): Line[] {
  if (lines.length <= 2 * LONGEST + 1) return lines;
  const left = lines.length - 2 * LONGEST;
  const between = {
    at: lines[LONGEST]?.at ?? 0,
    on: '',
    what: '--',
    meaning: `… ${left} more …`,
    hex: '',
  } as const;
  return [...lines.slice(0, LONGEST), between, ...lines.slice(-LONGEST)];
}
