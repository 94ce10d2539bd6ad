/**
 * One company of clients: who plays in a run, with which names, versions and topics. Starts them, waits until the
 * subscribers stand, and lets them settle at the end.
 */
import type { Recorder } from '../history/recorder.ts';
import {
  drifter,
  KEPT,
  look,
  looker,
  mortal,
  publisher,
  subscriber,
  vandal,
  type World,
  writer,
} from './actors.ts';
import type { Random } from './random.ts';

const RETAINED_A = ['r/a/0', 'r/a/1', 'r/a/2', 'r/a/3', 'r/a/4'];
const RETAINED_B = ['r/b/0', 'r/b/1', 'r/b/2'];

function topicsOf(name: string): readonly string[] {
  return [`t/${name}/0`, `t/${name}/1`, `s/${name}`];
}

/** The clients of a run. */
export class Cast {
  readonly world: World;
  readonly #random: Random;
  readonly #publishing: Promise<void>[] = [];
  readonly #others: Promise<void>[] = [];

  constructor(port: number, recorder: Recorder, random: Random) {
    this.world = { port, recorder, isBusy: true, isOn: true };
    this.#random = random;
  }

  /** Those who subscribe for good; resolves when every subscription is granted. */
  async begin(): Promise<void> {
    const { world } = this;
    const stays = [
      { clientId: 's0', version: 5, filters: ['t/#'], qos: 2, away: 0 },
      { clientId: 's1', version: 4, filters: ['t/#'], qos: 1, away: 400 },
      { clientId: 's2', version: 5, filters: ['t/p1/+', 't/p2/0'], qos: 2, away: 1500 },
      { clientId: 's3', version: 4, filters: ['t/+/1'], qos: 2, away: 800 },
      { clientId: 'sw', version: 5, filters: ['w/#'], qos: 2, away: 0 },
      { clientId: 'g0', version: 5, filters: ['$share/g/s/#'], qos: 2, away: 300 },
      { clientId: 'g1', version: 5, filters: ['$share/g/s/#'], qos: 2, away: 600 },
      { clientId: 'g2', version: 4, filters: ['$share/g/s/#'], qos: 2, away: 0 },
    ] as const;
    await Promise.all(
      stays.map(
        ({ clientId, version, filters, qos, away }) =>
          new Promise<void>((ready) => {
            const identity = { clientId, version, expiry: KEPT } as const;
            const life = subscriber(world, identity, this.#random.fork(), filters, qos, away, ready);
            this.#others.push(life);
          }),
      ),
    );
  }

  /** Everybody else. */
  play(): void {
    const { world } = this;
    const random = (): Random => this.#random.fork();
    const kept = { expiry: KEPT } as const;
    const both = [1, 2] as const;
    this.#publishing.push(
      publisher(world, { clientId: 'p0', version: 5, ...kept }, random(), topicsOf('p0'), [1]),
      publisher(world, { clientId: 'p1', version: 4, ...kept }, random(), topicsOf('p1'), [2]),
      publisher(world, { clientId: 'p2', version: 5, ...kept }, random(), topicsOf('p2'), both),
      publisher(world, { clientId: 'p3', version: 4, expiry: 0 }, random(), topicsOf('p3'), both),
      writer(world, { clientId: 'ra', version: 5, ...kept }, random(), RETAINED_A, 1),
      writer(world, { clientId: 'rb', version: 4, ...kept }, random(), RETAINED_B, 2),
    );
    this.#others.push(
      drifter(world, { clientId: 'd0', version: 5, ...kept }, random()),
      drifter(world, { clientId: 'd1', version: 4, ...kept }, random()),
      drifter(world, { clientId: 'd2', version: 5, expiry: 0 }, random()),
      vandal(world, { clientId: 'v0', version: 4, expiry: 0 }, random()),
      looker(world, 'l0', random(), [...RETAINED_A, ...RETAINED_B]),
      looker(world, 'l1', random(), RETAINED_A),
      mortal(world, { clientId: 'w0', version: 5, expiry: 0 }, random()),
      mortal(world, { clientId: 'w1', version: 4, expiry: 0 }, random()),
      mortal(world, { clientId: 'w2', version: 5, ...kept }, random()),
    );
  }

  /** No more news; resolves when what was under way from publishers is acknowledged, or `late` says it is too late. */
  async settle(late: Promise<void>): Promise<void> {
    this.world.isBusy = false;
    await Promise.race([Promise.all(this.#publishing), late]);
    for (const topic of [...RETAINED_A, ...RETAINED_B])
      await Promise.race([look(this.world, `l2-${topic.replaceAll('/', '')}`, 5, topic), late]);
  }

  /** Everybody leaves. */
  async end(): Promise<void> {
    this.world.isBusy = false;
    this.world.isOn = false;
    await Promise.all([...this.#publishing, ...this.#others]);
  }
}
