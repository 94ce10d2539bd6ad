/** An ACL file as an authorizer. Its `%u` and its `user` lines mean who the client was found to be. */
import type { Client, Publisher } from '@mqtt/broker';
import type { Acl, Subject, SubscribeRule } from './acl-file.ts';
import type { Authorizer, Opinion } from './decision.ts';

/** Rights from an ACL file; the file's content may be replaced at any time. */
export class AclAuthorizer implements Authorizer {
  readonly name = 'acl';
  readonly #asked: SubscribeRule;
  #acl: Acl;

  constructor(acl: Acl, asked: SubscribeRule) {
    this.#acl = acl;
    this.#asked = asked;
  }

  /** From here on these are the rules. */
  replace(acl: Acl): void {
    this.#acl = acl;
  }

  publish(client: Client, topic: string): Opinion {
    return this.#acl.mayWrite(subjectOf(client), topic);
  }

  subscribe(client: Client, topicFilter: string): Opinion {
    return this.#acl.maySubscribe(subjectOf(client), topicFilter, this.#asked);
  }

  receive(client: Client, topic: string): Opinion {
    return this.#acl.mayRead(subjectOf(client), topic);
  }

  retained(publisher: Publisher, topic: string): Opinion {
    return this.#acl.mayWrite(subjectOf(publisher), topic);
  }
}

function subjectOf({ identity, clientId }: Publisher): Subject {
  return { username: identity === '' ? undefined : identity, clientId };
}
