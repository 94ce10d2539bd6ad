/**
 * Where the admin listener is: opened at start, moved or closed by a reload. What it answers is given. A place that is
 * not to be had leaves it where it was.
 */
import { type AdminListener, type AdminPages, openAdmin } from './admin.ts';

/** Where it listens. */
export interface AdminPlace {
  readonly host: string;
  readonly port: number;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The admin listener of one mqttd, wherever it is. */
export class AdminPort {
  readonly #pages: () => Promise<AdminPages>;
  #made: AdminPages | undefined;
  #place: AdminPlace | undefined;
  #listener: AdminListener | undefined;
  #moved: Promise<unknown> = Promise.resolve();

  /** `pages`: asked for once, when there is a place to serve them at. */
  constructor(pages: () => Promise<AdminPages>) {
    this.#pages = pages;
  }

  /** Undefined while it is nowhere. */
  get url(): string | undefined {
    return this.#listener?.url;
  }

  /** Goes to `place`; undefined: nowhere. Resolves to what to tell the user when it cannot be had: then nothing has changed. */
  move(place: AdminPlace | undefined): Promise<string | undefined> {
    const moved = this.#moved.then(() => this.#move(place));
    this.#moved = moved.catch(() => undefined);
    return moved;
  }

  async #move(place: AdminPlace | undefined): Promise<string | undefined> {
    const [before, from] = [this.#listener, this.#place];
    if (place?.host === from?.host && place?.port === from?.port) return undefined;
    // The same port at another address may be a part of what is held now.
    const isInTheWay = before !== undefined && place !== undefined && place.port === from?.port;
    if (isInTheWay) await before.close();
    try {
      this.#listener = place === undefined ? undefined : await this.#open(place);
    } catch (error) {
      if (isInTheWay && from !== undefined) this.#listener = await this.#open(from);
      return `${place?.host}:${place?.port} (admin) cannot be opened: ${textOf(error)}; choose another admin.port`;
    }
    this.#place = place;
    if (!isInTheWay) await before?.close();
    return undefined;
  }

  async #open({ host, port }: AdminPlace): Promise<AdminListener> {
    this.#made ??= await this.#pages();
    return openAdmin(host, port, this.#made);
  }
}
