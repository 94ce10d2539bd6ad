/**
 * An ACL file as Mosquitto's: `user`, `topic` and `pattern` lines. Answers whether somebody may write or read a topic.
 * Rules before the first `user` line are for clients without a user name; `pattern` rules are for everybody, with %u and
 * %c in place of user name and client id. `deny` beats every other rule; whether what no rule is about is denied is not
 * said here.
 */
import { isTopicFilter, matches } from '@mqtt/codec/topics';
import { type Flaw, throwFlaws } from './access-file-error.ts';

const ACCESS = { read: 1, write: 2, readwrite: 3, deny: 0 } as const;
type Access = (typeof ACCESS)[keyof typeof ACCESS];

interface Rule {
  readonly access: Access;
  readonly topicFilter: string;
}

/** How much of a topic filter must be allowed before a subscription to it is. */
export type SubscribeRule = 'covered' | 'overlapping';

/** Who asks. */
export interface Subject {
  readonly username: string | undefined;
  readonly clientId: string;
}

/** What an ACL file allows. */
export class Acl {
  readonly #anonymous: readonly Rule[];
  readonly #users: ReadonlyMap<string, readonly Rule[]>;
  readonly #patterns: readonly Rule[];

  private constructor(
    anonymous: readonly Rule[],
    users: ReadonlyMap<string, readonly Rule[]>,
    patterns: readonly Rule[],
  ) {
    this.#anonymous = anonymous;
    this.#users = users;
    this.#patterns = patterns;
  }

  /** Reads an ACL file. @throws {AccessFileError} */
  static parse(text: string, file: string): Acl {
    const anonymous: Rule[] = [];
    const users = new Map<string, Rule[]>();
    const patterns: Rule[] = [];
    let current = anonymous;
    const flaws: Flaw[] = [];
    const take = (keyword: string, rest: string): Rule | Wrong | undefined => {
      switch (keyword) {
        case 'user':
          if (rest === '') return { text: keyword, problem: '`user` needs a name' };
          current = users.get(rest) ?? [];
          users.set(rest, current);
          return undefined;
        case 'topic':
        case 'pattern':
          return rest === '' ? { text: keyword, problem: 'the topic is missing' } : ruleOf(rest);
        default:
          return {
            text: keyword,
            problem: `"${keyword}" is not known here: a line begins with user, topic or pattern`,
          };
      }
    };
    text.split(/\r?\n/).forEach((whole, index) => {
      const [, keyword = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(whole) ?? [];
      if (keyword === '' || keyword.startsWith('#')) return;
      const taken = take(keyword, rest);
      if (taken === undefined) return;
      if ('problem' in taken) {
        const after = taken.text === keyword ? 0 : whole.indexOf(keyword) + keyword.length;
        const column = whole.indexOf(taken.text, after) + 1;
        flaws.push({ line: index + 1, column, problem: taken.problem });
      } else (keyword === 'pattern' ? patterns : current).push(taken);
    });
    throwFlaws(file, flaws);
    return new Acl(anonymous, users, patterns);
  }

  /** May they publish to `topic`? undefined: no rule is about it. */
  mayWrite(subject: Subject, topic: string): boolean | undefined {
    return this.#may(subject, topic, ACCESS.write);
  }

  /** May they receive messages of `topic`? undefined: no rule is about it. */
  mayRead(subject: Subject, topic: string): boolean | undefined {
    return this.#may(subject, topic, ACCESS.read);
  }

  /**
   * May they subscribe to `topicFilter`? `covered`: one rule lets them read every topic that it matches [E08].
   * `overlapping`: perhaps some of them, as in Mosquitto, where each delivery is asked about anyway.
   */
  maySubscribe(subject: Subject, topicFilter: string, asked: SubscribeRule): true | undefined {
    const isEnough = asked === 'covered' ? covers : overlap;
    for (const { access, topicFilter: allowed } of this.#rulesOf(subject)) {
      if ((access & ACCESS.read) !== 0 && isEnough(allowed, topicFilter)) return true;
    }
    return undefined;
  }

  #may(subject: Subject, topic: string, wanted: Access): boolean | undefined {
    let isAllowed: true | undefined;
    for (const { access, topicFilter } of this.#rulesOf(subject)) {
      if (!matches(topicFilter, topic)) continue;
      if (access === ACCESS.deny) return false;
      if ((access & wanted) !== 0) isAllowed = true;
    }
    return isAllowed;
  }

  *#rulesOf(subject: Subject): Generator<Rule> {
    const { username, clientId } = subject;
    yield* (username === undefined ? this.#anonymous : this.#users.get(username)) ?? [];
    // A name with a wildcard in it would widen every pattern it is put into [E11].
    if (isDangerous(clientId) || (username !== undefined && isDangerous(username))) return;
    for (const { access, topicFilter } of this.#patterns) {
      if (!username && topicFilter.includes('%u')) continue; // an empty name fills nothing [E11]
      const filled = topicFilter.replace(/%[uc]/g, (word) => (word === '%u' ? (username ?? '') : clientId));
      yield { access, topicFilter: filled };
    }
  }
}

function isDangerous(name: string): boolean {
  return name.includes('+') || name.includes('#') || name.includes('/');
}

/** A part of a line that is wrong. */
interface Wrong {
  readonly text: string;
  readonly problem: string;
}

/** `[read|write|readwrite|deny] topic`; the topic may hold spaces. */
function ruleOf(rest: string): Rule | Wrong {
  const [, word = '', topic = ''] = /^(\S*)\s*(.*)$/.exec(rest) ?? [];
  if (topic === '') return checked(ACCESS.readwrite, word);
  if (Object.hasOwn(ACCESS, word)) return checked(ACCESS[word as keyof typeof ACCESS], topic);
  const problem = `"${word}" is no access: it is read, write, readwrite or deny, or left out for readwrite`;
  return { text: word, problem };
}

function checked(access: Access, topicFilter: string): Rule | Wrong {
  if (isTopicFilter(topicFilter)) return { access, topicFilter };
  const problem = `"${topicFilter}" is not a topic filter: # stands last, + and # fill a whole level`;
  return { text: topicFilter, problem };
}

/** Whether some topic name matches both filters. */
export function overlap(one: string, other: string): boolean {
  if ((one.charCodeAt(0) === DOLLAR) !== (other.charCodeAt(0) === DOLLAR)) return false; // §4.7.2
  const [a, b] = [one.split('/'), other.split('/')];
  for (let level = 0; ; level++) {
    const [mine, theirs] = [a[level], b[level]];
    if (mine === '#' || theirs === '#') return true;
    if (mine === undefined || theirs === undefined) {
      // `a/#` matches `a` too (§4.7.1.2), which the line above has seen.
      return mine === theirs;
    }
    if (mine !== '+' && theirs !== '+' && mine !== theirs) return false;
  }
}

/** Whether every topic name that `narrow` matches is matched by `wide`. */
export function covers(wide: string, narrow: string): boolean {
  if (!overlap(wide, narrow)) return false;
  const [a, b] = [wide.split('/'), narrow.split('/')];
  for (let level = 0; ; level++) {
    const [mine, theirs] = [a[level], b[level]];
    if (mine === '#') return true;
    if (mine === undefined || theirs === undefined) return mine === theirs;
    // A name has at least one level, so `+/#` is as wide as `#`; further down `#` matches the level above it too.
    if (theirs === '#') return level === 0 && wide === '+/#';
    if (mine !== '+' && theirs === '+') return false;
  }
}

const DOLLAR = 0x24;
