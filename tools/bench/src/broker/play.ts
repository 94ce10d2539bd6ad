/**
 * One load against every broker, in rounds that interleave: warm-up, then as many messages as each broker delivers in
 * the same time, so that a fast one is not judged by its first blink.
 */
import type { Broker, Running } from './brokers.ts';
import { type Connects, copies, type Load, type Traffic } from './loads.ts';
import { playRound } from './play-round.ts';
import { NotOffered } from './program.ts';
import type { Crews, Round } from './round.ts';
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

/** Messages for each publisher that take `seconds` at this rate. */
function messagesFor(load: Traffic, deliveriesPerSecond: number, seconds: number): number {
  const rate = load.perSecond ?? deliveriesPerSecond / copies(load);
  return Math.max(10, Math.ceil((rate * seconds) / load.publishers));
}

/** Memory once grown is not given back: what something costs shows only in a fresh process, so each round has one. */
function isFresh(load: Load): load is Exclude<Load, Traffic | Connects> {
  return load.kind !== 'traffic' && load.kind !== 'connects';
}

async function warmUp(load: Load, player: Player, crews: Crews, seconds: number): Promise<void> {
  if (isFresh(load)) return;
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

/** The brokers that can play this load, warmed up. */
async function join(
  load: Load,
  brokers: readonly Broker[],
  players: Player[],
  crews: Crews,
  seconds: number,
  tell: (line: string) => void,
): Promise<void> {
  for (const broker of brokers) {
    try {
      if (load.without?.peer === broker.name) throw new NotOffered(load.without.why);
      players.push({ broker, running: await broker.start(load), messages: 0, peak: 0, rounds: [] });
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
      tell(`${load.name}: without ${broker.name}, ${error.message}`);
    }
  }
  for (const player of players) {
    tell(`${load.name}: ${player.broker.name} warms up`);
    await warmUp(load, player, crews, seconds);
    forgetPeak(player.running.pid);
  }
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
  const rounds = Math.min(pace.rounds, load.rounds ?? pace.rounds);
  try {
    await join(load, brokers, players, crews, pace.seconds, tell);
    for (let i = 0; i < rounds; i++) {
      tell(`${load.name}: round ${i + 1} of ${rounds}`);
      for (const player of i % 2 === 0 ? players : [...players].reverse()) {
        player.rounds.push(await playRound(load, player.running, crews, player.messages));
        player.peak = Math.max(player.peak, peakKilobytes(player.running.pid));
        if (isFresh(load) && i + 1 < rounds) await restart(load, player);
      }
    }
  } finally {
    for (const { running } of players) await running.stop();
  }
  return players.map(({ broker, rounds: played, peak }) => ({
    broker: broker.name,
    rounds: played,
    peakKilobytes: peak,
  }));
}

async function restart(load: Load, player: Player): Promise<void> {
  await player.running.stop();
  player.running = await player.broker.start(load);
}
