/**
 * A mosquitto.conf while it is read: what the lines have said so far, and where. Follows Mosquitto's idea of "the
 * listener being configured". What comes of it in the end is made in `translate.ts`.
 */
import { resolve } from 'node:path';
import type { Target } from './directive.ts';

/** What was said, by key, and where. */
export type Said = Map<string, { readonly value: unknown; readonly where: string }>;

/** One listener while it is read. */
export interface ListenerDraft {
  readonly where: string;
  readonly said: Said;
  readonly security: Said;
}

/** Takes what directives say. */
export class Draft implements Target {
  readonly everything: Said = new Map();
  readonly shared: Said = new Map();
  readonly listeners: ListenerDraft[] = [];
  /** The listener of `port` and `bind_address`, and of listener directives before any `listener`. */
  readonly standard: ListenerDraft = { where: '', said: new Map(), security: new Map() };
  readonly notes: { readonly where: string; readonly message: string }[] = [];
  isPerListener = false;
  /** Where the line stands that is being read. */
  where = '';
  readonly #folder: string;
  /** The listener that is being configured, in each file. */
  readonly #begun = new Map<string, ListenerDraft>();
  #file = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The next line is of this file. */
  at(file: string, where: string): void {
    this.#file = file;
    this.where = where;
  }

  general(key: string, value: unknown): void {
    this.everything.set(key, { value, where: this.where });
  }

  listener(key: string, value: unknown): void {
    this.#current.said.set(key, { value, where: this.where });
  }

  security(key: string, value: unknown): void {
    this.#security.set(key, { value, where: this.where });
  }

  now(of: 'general' | 'listener' | 'security', key: string): unknown {
    const said = { general: this.everything, listener: this.#current.said, security: this.#security }[of];
    return said.get(key)?.value;
  }

  open(): void {
    const listener: ListenerDraft = { where: this.where, said: new Map(), security: new Map() };
    this.listeners.push(listener);
    this.#begun.set(this.#file, listener);
  }

  perListener(): void {
    this.isPerListener = true;
  }

  path(value: string): string {
    return resolve(this.#folder, value);
  }

  note(message: string): void {
    this.notes.push({ where: this.where, message });
  }

  get #current(): ListenerDraft {
    return this.#begun.get(this.#file) ?? this.standard;
  }

  get #security(): Said {
    return this.isPerListener ? this.#current.security : this.shared;
  }
}
