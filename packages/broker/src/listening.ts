/**
 * Which listeners a broker has: opens one, and puts a whole set in the place of another, all of it or nothing, while
 * connections stay. Answers: whose is which port, and which listener goes on as which? What a listener is stands in
 * `listen.ts`.
 */
import type { Admission } from './admission.ts';
import type { Rooms } from './connection/rooms.ts';
import { BrokerError } from './errors.ts';
import type { Hall } from './hall.ts';
import {
  begin,
  hallOf,
  isAnswering,
  keepMode,
  type ListenOptions,
  type Opened,
  type OpenListener,
  openEntrance,
  type Plan,
  plan,
} from './listen.ts';

type Entrance = Opened['entrance'];

/**
 * Another set of listeners, prepared while the one in force goes on. A listener is known by its `name`: one that is there
 * already keeps its connections and goes on counting, whatever else about it is different. A port that is open already is
 * taken over and never closed, whichever listener it is for.
 */
export interface ListenerChange {
  /**
   * One listener of the set. A port that is new is opened, and nobody is served there yet. Resolves to the URL it will
   * have. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION: then `cancel`, or add another in its place
   */
  add(options: ListenOptions): Promise<string>;
  /**
   * Puts what was added in force and returns it in that order; listeners that were not added take no more connections. Those
   * that are open stay, with what they were told when they came.
   */
  apply(): readonly OpenListener[];
  /** Closes what was opened for it; everything is as it was. Rejects when a port that had to be closed for it cannot be had back. */
  cancel(): Promise<void>;
}

/** The listeners of one broker. */
export class Listening {
  readonly admission: Admission<Hall>;
  readonly rooms: Rooms;
  /** In the order they were opened. */
  all: readonly Opened[] = [];

  constructor(admission: Admission<Hall>, rooms: Rooms) {
    this.admission = admission;
    this.rooms = rooms;
  }

  /** Opens one more. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION */
  async open(options: ListenOptions): Promise<Opened> {
    const planned = plan(options, hallOf(options, this.rooms));
    const opened = this.begin(planned, await openEntrance(options));
    this.all = [...this.all, opened];
    return opened;
  }

  change(): ListenerChange {
    return new Change(this);
  }

  begin(planned: Plan, entrance: Entrance): Opened {
    return begin(planned, entrance, this.admission, (listener) => this.#close(listener));
  }

  /** What the broker serves is different from now on. */
  renew(): void {
    for (const { hall } of this.all) hall.renew();
  }

  /** Closes all of them; resolves when their connections have ended. */
  async close(): Promise<void> {
    await Promise.all(this.all.map(({ entrance }) => entrance.close()));
  }

  #close(listener: Opened): void {
    if (!this.all.includes(listener)) return; // closed already, or another one has its port
    this.all = this.all.filter((other) => other !== listener);
    void listener.entrance.close();
  }
}

class Change implements ListenerChange {
  readonly #listening: Listening;
  readonly #before: readonly Opened[];
  readonly #added: { readonly planned: Plan; readonly entrance: Entrance }[] = [];
  /** What is undone, the last first. */
  readonly #undo: (() => unknown)[] = [];
  #isOver = false;

  constructor(listening: Listening) {
    this.#listening = listening;
    this.#before = listening.all;
  }

  async add(options: ListenOptions): Promise<string> {
    this.#refuseWhenOver();
    const fresh = hallOf(options, this.#listening.rooms); // checks them, whether it is needed or not
    const halls = this.#added.map(({ planned }) => planned.hall);
    const known = this.#before.find(({ name, hall }) => name === options.name && !halls.includes(hall));
    const planned = plan(options, known?.hall ?? fresh);
    const kept = this.#before.find(({ key, entrance }) => key === planned.key && !this.#isTaken(entrance));
    if (kept !== undefined) this.#undo.push(keepMode(options));
    const entrance = kept?.entrance ?? (await this.#open(options));
    this.#added.push({ planned, entrance });
    return planned.behind.url(entrance.port, entrance.host);
  }

  apply(): readonly OpenListener[] {
    this.#refuseWhenOver();
    this.#isOver = true;
    const now = this.#added.map(({ planned, entrance }) => {
      const { hall, options } = planned;
      hall.change(options);
      hall.isAnswering = isAnswering(options);
      return this.#listening.begin(planned, entrance);
    });
    const meanwhile = this.#listening.all.filter((listener) => !this.#before.includes(listener));
    this.#listening.all = [...meanwhile, ...now];
    for (const { entrance } of this.#before) if (!this.#isTaken(entrance)) void entrance.close();
    return now;
  }

  async cancel(): Promise<void> {
    this.#refuseWhenOver();
    this.#isOver = true;
    for (const undo of this.#undo.reverse()) await undo();
  }

  #isTaken(entrance: Entrance): boolean {
    return this.#added.some((other) => other.entrance === entrance);
  }

  /** Opens a port. One of ours that is in the way, the same port at another address, gives way when nothing else helps. */
  async #open(options: ListenOptions): Promise<Entrance> {
    try {
      return await this.#opened(options);
    } catch (error) {
      const rivals = isInUse(error) ? this.#rivals(options) : [];
      if (rivals.length === 0) throw error;
      for (const rival of rivals) {
        void rival.close();
        this.#undo.push(() => rival.open());
      }
      return await this.#opened(options);
    }
  }

  async #opened(options: ListenOptions): Promise<Entrance> {
    const entrance = await openEntrance(options);
    // Not awaited: its port is free at once, and nobody was served there.
    this.#undo.push(() => void entrance.close());
    return entrance;
  }

  #rivals(options: ListenOptions): readonly Entrance[] {
    if (options.type === 'unix' || options.fd !== undefined) return [];
    return this.#before
      .map(({ entrance }) => entrance)
      .filter((entrance) => entrance.isOurs && entrance.port === options.port && !this.#isTaken(entrance));
  }

  #refuseWhenOver(): void {
    if (this.#isOver)
      throw new BrokerError('INVALID_OPTION', 'this change was applied or cancelled: begin another');
  }
}

function isInUse(error: unknown): boolean {
  const cause = error instanceof BrokerError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
