/**
 * Names of a case made unique for a run, so that nothing an earlier run left behind is met: topics get a prefix, client
 * ids the case's number. Names that begin with a wildcard, `$` or nothing of their own stay as they are.
 */

/** How names of a case become those on the wire. */
export interface Naming {
  /** What every topic begins with. */
  readonly prefix: string;
  topic(name: string): string;
  clientId(name: string): string;
}

/** Names as they are: a server that is alone with its client needs no others. */
export const AS_THEY_ARE: Naming = { prefix: '', topic: (name) => name, clientId: (name) => name };

/** How the names of one play become those on the wire. */
export class Names implements Naming {
  readonly prefix: string;
  readonly #ids: string;

  /** @param run letters and digits of this run. @param number of the play in it */
  constructor(run: string, number: number) {
    this.prefix = `${run}/${number}/`;
    this.#ids = `${run}${number}x`;
  }

  /** A topic name or topic filter on the wire. */
  topic(name: string): string {
    if (name === '' || /^[#+$]/.test(name)) {
      const [, share, rest] = /^(\$share\/[^/]*\/)(.+)$/.exec(name) ?? [];
      return share === undefined || rest === undefined ? name : share + this.topic(rest);
    }
    return this.prefix + name;
  }

  /** A client id on the wire: 1 to 23 letters and digits [MQTT-3.1.3-5]; the empty one stays, and `=x` is x. */
  clientId(name: string): string {
    if (name.startsWith('=')) return name.slice(1);
    return name === '' ? '' : `${this.#ids}${name}`;
  }
}
