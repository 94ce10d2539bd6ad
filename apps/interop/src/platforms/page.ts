/** The suite in a page: what the test calls there. The restart is the test's, through a function it gives the page. */
import { comeBack, leave } from './reload.ts';
import { smallChecks, surviveSmall } from './small.ts';
import { checks, survive } from './suite.ts';

declare global {
  var suite: {
    readonly check: (name: string, url: string) => Promise<void>;
    readonly survive: (url: string) => Promise<void>;
    readonly surviveSmall: (url: string) => Promise<void>;
    readonly leave: (url: string, topic: string) => Promise<void>;
    readonly comeBack: (url: string, topic: string) => Promise<void>;
  };
  /** Given by the test. */
  var restart: () => Promise<void>;
}

globalThis.suite = {
  check: (name, url) =>
    (checks[name] ?? smallChecks[name])?.(url) ?? Promise.reject(new Error(`no check "${name}"`)),
  surviveSmall: (url) => surviveSmall(url, () => globalThis.restart()),
  leave,
  comeBack,
  survive: (url) => survive(url, () => globalThis.restart()),
};
