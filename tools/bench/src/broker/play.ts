/**
 * One load against every broker, in rounds that interleave: warm-up, then as many messages as each broker delivers in
 * the same time, so that a fast one is not judged by its first blink.
 */
import type { Broker, Running } from './brokers.ts';
import { copies, type Load } from './loads.ts';
import { type Crews, playRound, type Round } from './round.ts';
import { forgetPeak, peakKilobytes } from './usage.ts';

/** How long to play. */
export interface Pace {
  readonly rounds: number;
  /** Seconds of one round. */
  readonly seconds: number;
}

/** What one broker did under one load. */
export interface Played {
  readonly broker: string;
  readonly rounds: readonly Round[];
  readonly peakKilobytes: number;
}

const FIRST_DELIVERIES = 20_000;
const SECOND_WARM_UP = 0.5;

interface Player {
  readonly broker: Broker;
  running: Running;
  messages: number;
  peak: number;
  readonly rounds: Round[];
}

/** Messages for each publisher (connections for the loads of connections) that take `seconds` at this rate. */
function messagesFor(load: Load, deliveriesPerSecond: number, seconds: number): number {
  if (load.kind !== 'traffic') return load.connections;
  const rate = load.perSecond ?? deliveriesPerSecond / copies(load);
  return Math.max(10, Math.ceil((rate * seconds) / load.publishers));
}

async function warmUp(load: Load, player: Player, crews: Crews, seconds: number): Promise<void> {
  if (load.kind === 'idle') return;
  if (load.kind === 'connects') {
    await playRound(load, player.running, crews, load.connections);
    player.messages = load.connections;
    return;
  }
  const first = Math.max(10, Math.ceil(FIRST_DELIVERIES / (load.publishers * copies(load))));
  const one = await playRound(load, player.running, crews, first);
  const two = await playRound(load, player.running, crews, messagesFor(load, one.perSecond, SECOND_WARM_UP));
  player.messages = messagesFor(load, two.perSecond, seconds);
}

/** Plays a load; `tell` hears of each step. */
export async function play(
  load: Load,
  brokers: readonly Broker[],
  crews: Crews,
  pace: Pace,
  tell: (line: string) => void,
): Promise<Played[]> {
  const players: Player[] = [];
  try {
    for (const broker of brokers) {
      const player = { broker, running: await broker.start(), messages: 0, peak: 0, rounds: [] };
      players.push(player);
      tell(`${load.name}: ${broker.name} warms up`);
      await warmUp(load, player, crews, pace.seconds);
      forgetPeak(player.running.pid);
    }
    for (let i = 0; i < pace.rounds; i++) {
      tell(`${load.name}: round ${i + 1} of ${pace.rounds}`);
      for (const player of i % 2 === 0 ? players : [...players].reverse()) {
        player.rounds.push(await playRound(load, player.running, crews, player.messages));
        player.peak = Math.max(player.peak, peakKilobytes(player.running.pid));
        if (load.kind === 'idle') await restart(player);
      }
    }
  } finally {
    for (const { running } of players) await running.stop();
  }
  return players.map(({ broker, rounds, peak }) => ({ broker: broker.name, rounds, peakKilobytes: peak }));
}

/** Memory once grown is not given back: what idle connections cost shows only in a fresh process. */
async function restart(player: Player): Promise<void> {
  await player.running.stop();
  player.running = await player.broker.start();
}
