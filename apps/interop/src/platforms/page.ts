/** The suite in a page: what the test calls there. The restart is the test's, through a function it gives the page. */
import { checks, survive } from './suite.ts';

declare global {
  var suite: {
    readonly check: (name: string, url: string) => Promise<void>;
    readonly survive: (url: string) => Promise<void>;
  };
  /** Given by the test. */
  var restart: () => Promise<void>;
}

globalThis.suite = {
  check: (name, url) => checks[name]?.(url) ?? Promise.reject(new Error(`no check "${name}"`)),
  survive: (url) => survive(url, () => globalThis.restart()),
};
