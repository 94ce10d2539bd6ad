/**
 * The live tree of `mqtt sub --tree`: topics by level, messages a second, the last value. Pure: messages and times go
 * in, lines come out. Topics are bounded, because a server may have more of them than a terminal can show.
 */
import type { Message } from '@mqtt/client';

interface Node {
  readonly children: Map<string, Node>;
  /** Messages of this topic itself. */
  count: number;
  retained: boolean;
  value: string;
  /** Messages a second, an average that forgets; of the topic and of all below. */
  rate: number;
  at: number;
}

/** Levels of topics that are kept; messages of later ones are only counted. */
const MOST_LEVELS = 10_000;
/** ms in which the average forgets two thirds of what was. */
const MEMORY = 3000;

function node(now: number): Node {
  return { children: new Map(), count: 0, retained: false, value: '', rate: 0, at: now };
}

/** What a node's average has become by `now`. */
function faded({ rate, at }: Node, now: number): number {
  return rate * Math.exp((at - now) / MEMORY);
}

/** Text that cannot move the cursor, on one line. */
function shown(payload: Uint8Array, most: number): string {
  const text = new TextDecoder().decode(payload.subarray(0, most * 4));
  return clean(text).slice(0, most);
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '·');
}

/** Topics that came, and what they said last. */
export class TopicTree {
  readonly #root: Node = node(0);
  #levels = 0;
  #topics = 0;
  #messages = 0;
  #beyond = 0;

  /** A message came at `now` (ms). */
  add(message: Pick<Message, 'topic' | 'payload' | 'retain'>, now: number): void {
    this.#messages += 1;
    let at = this.#root;
    this.#tick(at, now);
    for (const level of message.topic.split('/')) {
      let next = at.children.get(level);
      if (next === undefined) {
        if (this.#levels >= MOST_LEVELS) {
          this.#beyond += 1;
          return;
        }
        next = node(now);
        at.children.set(level, next);
        this.#levels += 1;
      }
      at = next;
      this.#tick(at, now);
    }
    if (at.count === 0) this.#topics += 1;
    at.count += 1;
    at.retained = message.retain;
    at.value = shown(message.payload, 200);
  }

  #tick(at: Node, now: number): void {
    at.rate = faded(at, now) + 1000 / MEMORY;
    at.at = now;
  }

  /** The screen at `now`: at most `rows` lines of at most `columns` characters. */
  draw(now: number, columns: number, rows: number): string[] {
    const lines: string[] = [];
    this.#below(this.#root, '', now, columns, rows, lines);
    const hidden = lines.length > rows - 2 ? lines.splice(rows - 2).length : 0;
    const rate = faded(this.#root, now).toFixed(1);
    const more = hidden === 0 ? '' : `, more lines than fit: ${hidden}+`;
    const beyond = this.#beyond === 0 ? '' : `, ${this.#beyond} messages of further topics`;
    const counted = `${count(this.#messages, 'message')}, ${rate}/s, ${count(this.#topics, 'topic')}`;
    const head = `${counted}${more}${beyond}   (Ctrl-C ends)`;
    return [head.slice(0, columns), '', ...lines];
  }

  #below(
    { children }: Node,
    indent: string,
    now: number,
    columns: number,
    rows: number,
    lines: string[],
  ): void {
    const names = [...children.keys()].sort();
    for (const [index, name] of names.entries()) {
      if (lines.length > rows) return;
      const child = children.get(name) as Node;
      const isLast = index === names.length - 1;
      lines.push(this.#line(`${indent}${isLast ? '└ ' : '├ '}`, name, child, now, columns));
      this.#below(child, `${indent}${isLast ? '  ' : '│ '}`, now, columns, rows, lines);
    }
  }

  #line(lead: string, name: string, child: Node, now: number, columns: number): string {
    const rate = faded(child, now);
    const speed = rate >= 0.05 ? ` ${rate.toFixed(1)}/s` : '';
    const value = child.count === 0 ? '' : ` ${child.retained ? '(retained) ' : ''}= ${child.value}`;
    return `${lead}${name === '' ? '""' : clean(name)}${speed}${value}`.slice(0, columns);
  }
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
