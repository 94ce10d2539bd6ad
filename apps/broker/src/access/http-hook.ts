/**
 * A web service as authenticator and authorizer: each question is a POST of JSON, the answer
 * `{ "result": "allow" | "deny" | "ignore", "identity"?: string }`. Whatever else comes back (an error, another status,
 * nonsense, nothing in time) is a no; at CONNECT it is 0x89, Server busy: nobody said that the password is wrong. Answers are remembered for a while; passwords are remembered as hashes.
 */
import { createHash } from 'node:crypto';
import type { Client, Credentials } from '@mqtt/broker';
import { hostOf } from './brute-force.ts';
import type { Authenticator, Authorizer, Finding, Opinion } from './decision.ts';

/** How a web service is asked. */
export interface HttpHookRules {
  readonly authenticateUrl?: string | undefined;
  readonly authorizeUrl?: string | undefined;
  /** Sent with each request, e.g. an Authorization header. */
  readonly headers: Readonly<Record<string, string>>;
  /** ms. */
  readonly timeout: number;
  /** ms that an answer is remembered; 0 asks each time. */
  readonly cacheFor: number;
  /** Questions under way at once; more are a no. */
  readonly atOnce: number;
}

type Result = { readonly result: 'allow' | 'deny' | 'ignore'; readonly identity?: string | undefined };

/** Bytes of an answer; more is nonsense. */
const LONGEST_ANSWER = 65_536;
const MOST_REMEMBERED = 65_536;

/** Asks a web service. */
export class HttpHook implements Authenticator, Authorizer {
  readonly name = 'http';
  readonly #rules: HttpHookRules;
  readonly #now: () => number;
  readonly #failed: (why: string) => void;
  readonly #remembered = new Map<string, { readonly result: Result; readonly until: number }>();
  #asking = 0;

  /** @param now ms, never going back @param failed is told why a question had no answer */
  constructor(rules: HttpHookRules, now: () => number, failed: (why: string) => void) {
    this.#rules = rules;
    this.#now = now;
    this.#failed = failed;
  }

  /** Forgets every answer. */
  forget(): void {
    this.#remembered.clear();
  }

  async authenticate(credentials: Credentials): Promise<Finding> {
    const { authenticateUrl } = this.#rules;
    const { clientId, username, password, version, peer, listener, certificate } = credentials;
    if (authenticateUrl === undefined) return { is: 'unknown' };
    if (username === undefined && password === undefined && certificate === undefined)
      return { is: 'unknown' };
    const text = password === undefined ? undefined : new TextDecoder().decode(password);
    const address = hostOf(peer);
    const question = { clientId, username, password: text, version, address, listener, certificate };
    const answer = await this.#ask(authenticateUrl, question);
    if (answer === undefined) return { is: 'busy' };
    const { result, identity } = answer;
    if (result === 'ignore') return { is: 'unknown' };
    if (result === 'deny') return { is: 'wrong' };
    return { is: 'known', identity: identity ?? username ?? '' };
  }

  publish(client: Client, topic: string): Promise<Opinion> | Opinion {
    return this.#authorize(client, 'publish', topic);
  }

  subscribe(client: Client, topicFilter: string): Promise<Opinion> | Opinion {
    return this.#authorize(client, 'subscribe', topicFilter);
  }

  /** A delivery cannot wait for a web service: whoever was let subscribe may receive. */
  receive(): Opinion {
    return this.#rules.authorizeUrl === undefined ? undefined : true;
  }

  async #authorize(client: Client, action: string, topic: string): Promise<Opinion> {
    const { authorizeUrl } = this.#rules;
    if (authorizeUrl === undefined) return undefined;
    const { clientId, username, identity, peer, listener } = client;
    const answer = await this.#ask(authorizeUrl, {
      action,
      topic,
      clientId,
      username,
      identity,
      address: hostOf(peer),
      listener,
    });
    return answer?.result === 'ignore' ? undefined : answer?.result === 'allow';
  }

  /** undefined: there is no answer, which was told. */
  async #ask(url: string, question: object): Promise<Result | undefined> {
    const body = JSON.stringify(question);
    const key = createHash('sha256').update(url).update('\0').update(body).digest('base64');
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > this.#now()) return known.result;
    if (this.#asking >= this.#rules.atOnce) {
      this.#failed(`${url}: ${this.#asking} questions are under way already`);
      return undefined;
    }
    this.#asking++;
    try {
      const result = await this.#post(url, body);
      this.#remember(key, result);
      return result;
    } catch (error) {
      this.#failed(`${url}: ${whyOf(error)}`);
      return undefined;
    } finally {
      this.#asking--;
    }
  }

  async #post(url: string, body: string): Promise<Result> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#rules.headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(this.#rules.timeout),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`answered with status ${response.status}, not 200`);
    }
    return resultOf(JSON.parse(await textOf(response)));
  }

  #remember(key: string, result: Result): void {
    if (this.#rules.cacheFor <= 0) return;
    this.#remembered.delete(key);
    this.#remembered.set(key, { result, until: this.#now() + this.#rules.cacheFor });
    if (this.#remembered.size > MOST_REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
  }
}

/** What went wrong: of a connection that failed `fetch` says why in the cause only. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}

/** The body, as far as it may go. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error(`answered with more than ${LONGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resultOf(answer: unknown): Result {
  if (typeof answer === 'object' && answer !== null && 'result' in answer) {
    const { result, identity } = answer as { readonly result: unknown; readonly identity?: unknown };
    const isName = identity === undefined || typeof identity === 'string';
    if ((result === 'allow' || result === 'deny' || result === 'ignore') && isName)
      return { result, identity };
  }
  throw new Error('answered without "result": "allow", "deny" or "ignore"');
}
