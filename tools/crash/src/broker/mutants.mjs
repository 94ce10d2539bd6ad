/**
 * Stores that break one promise each, as wrappers round a sound one. Each exists so that one rule is shown to find it.
 * @typedef {import('@mqtt/broker/store').Store} Store
 * @typedef {import('@mqtt/broker/store').Restored} Restored
 * @typedef {(store: Store) => Store} Mutant
 */

/**
 * The store with some of its members replaced; everything else goes through.
 * @param {Store} store
 * @param {Partial<Store>} replaced
 * @returns {Store}
 */
function wrap(store, replaced) {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * The store with what it gives back at a start seen through another pair of eyes.
 * @param {Store} store
 * @param {(restored: Restored) => Partial<Restored> & { flush?: () => void }} change
 */
function restoring(store, change) {
  return wrap(store, {
    load: async (restored) => {
      const changed = change(restored);
      await store.load({
        session: (...all) => (changed.session ?? restored.session).apply(restored, all),
        subscription: (...all) => (changed.subscription ?? restored.subscription).apply(restored, all),
        delivery: (...all) => (changed.delivery ?? restored.delivery).apply(restored, all),
        held: (...all) => (changed.held ?? restored.held).apply(restored, all),
        retained: (...all) => (changed.retained ?? restored.retained).apply(restored, all),
        progress: (...all) => restored.progress(...all),
      });
      changed.flush?.();
    },
  });
}

/** Calls the real thing but once in `times`. */
function sometimes(times, real, otherwise = () => undefined) {
  let count = 0;
  return (...all) => {
    count++;
    return count % times === 0 ? otherwise(...all) : real(...all);
  };
}

/** Deliveries that wait for a session come the other way round. */
function swapped(store) {
  return restoring(store, (restored) => {
    let waiting = [];
    const flush = () => {
      for (const one of waiting.reverse()) restored.delivery(...one);
      waiting = [];
    };
    return {
      delivery: (session, key, qos, size, progress) => {
        if (waiting.length > 0 && waiting[0][0] !== session) flush();
        if (progress.state === 'queued') waiting.push([session, key, qos, size, progress]);
        else restored.delivery(session, key, qos, size, progress);
      },
      retained: (...all) => {
        flush();
        restored.retained(...all);
      },
      flush,
    };
  });
}

/** Says that everything is durable at once. */
function early(store) {
  let watcher;
  const told =
    (name) =>
    (...all) => {
      const key = store[name](...all);
      setImmediate(() => watcher?.durable());
      return key;
    };
  const names = ['opened', 'changed', 'ended', 'subscribed', 'unsubscribed', 'queued', 'sent', 'released'];
  const more = ['settled', 'held', 'unheld', 'retained', 'cleared'];
  const all = Object.fromEntries([...names, ...more].map((name) => [name, told(name)]));
  const proxy = wrap(store, {
    ...all,
    watch: (one) => {
      watcher = one;
      store.watch(one);
    },
  });
  return new Proxy(proxy, {
    get: (target, name) => (name === 'durable' ? store.newest : Reflect.get(target, name)),
  });
}

/** One message in `times` is only in memory. */
function forgetful(store, times) {
  const inMemory = new Map();
  let key = 0;
  let count = 0;
  const unless =
    (name) =>
    (delivery, ...all) => {
      if (!inMemory.has(delivery)) store[name](delivery, ...all);
      else if (name === 'settled') inMemory.delete(delivery);
    };
  return wrap(store, {
    queued: (session, message, delivery) => {
      count++;
      if (count % times !== 0) {
        key = store.queued(session, message, delivery);
        return key;
      }
      key += 0.001;
      inMemory.set(key, { ...delivery, message: { ...message, payload: message.payload.slice() } });
      return key;
    },
    delivery: (delivery) => inMemory.get(delivery) ?? store.delivery(delivery),
    sent: unless('sent'),
    released: unless('released'),
    settled: unless('settled'),
  });
}

/** One delivery in `times` has a letter that is another one. */
function inventive(store, times) {
  return wrap(store, {
    delivery: sometimes(
      times,
      (key) => store.delivery(key),
      (key) => {
        const kept = store.delivery(key);
        if (kept === undefined) return undefined;
        const payload = kept.message.payload.slice();
        payload[payload.length - 1] = 35;
        return { ...kept, message: { ...kept.message, payload } };
      },
    ),
  });
}

/** What waits for one member of a group at a start waits for another one, too. */
function generous(store) {
  return restoring(store, (restored) => {
    const members = new Map();
    return {
      subscription: (session, subscription) => {
        if (subscription.topicFilter.startsWith('$share/')) members.set(session, subscription);
        restored.subscription(session, subscription);
      },
      delivery: (session, key, qos, size, progress) => {
        restored.delivery(session, key, qos, size, progress);
        const kept = progress.state === 'released' ? undefined : store.delivery(key);
        const other = [...members.keys()].find((one) => one !== session);
        if (kept?.share === undefined || other === undefined) return;
        const again = store.queued(other, kept.message, kept);
        restored.delivery(other, again, qos, size, { state: 'queued' });
      },
    };
  });
}

/** The names say what each does; each is to be found by the rule beside it. */
export const MUTANTS = {
  none: (store) => store,
  /** no loss */
  'forgets a message in ten': (store) => forgetful(store, 10),
  /** no loss */
  'acknowledges before it is durable': early,
  /** no invention */
  'changes a letter': (store) => inventive(store, 20),
  /** QoS 1 duplicates, packet ids */
  'forgets what was sent': (store) =>
    restoring(store, (restored) => ({
      delivery: (session, key, qos, size) => restored.delivery(session, key, qos, size, { state: 'queued' }),
    })),
  /** QoS 2 exactly once */
  'forgets held ids': (store) => wrap(store, { held: () => undefined, unheld: () => undefined }),
  /** order */
  'turns deliveries round': swapped,
  /** retained */
  'forgets that it was cleared': (store) => wrap(store, { cleared: () => undefined }),
  /** subscriptions */
  'forgets a subscription': (store) =>
    restoring(store, (restored) => ({
      subscription: sometimes(3, (...all) => restored.subscription(...all)),
    })),
  /** subscriptions */
  'forgets that it was unsubscribed': (store) => wrap(store, { unsubscribed: () => undefined }),
  /** session present */
  'forgets a session in four': (store) => {
    const gone = new Set();
    const real =
      (method) =>
      (session, ...all) =>
        void (gone.has(session) || method(session, ...all));
    return restoring(store, (restored) => ({
      session: sometimes(
        4,
        (...all) => restored.session(...all),
        (key) => gone.add(key),
      ),
      subscription: real(restored.subscription.bind(restored)),
      delivery: real(restored.delivery.bind(restored)),
      held: real(restored.held.bind(restored)),
    }));
  },
  /** wills */
  'forgets wills': (store) =>
    restoring(store, (restored) => ({
      session: (key, session) => restored.session(key, { ...session, will: undefined }),
    })),
  /** shared groups */
  'gives to two members': generous,
  /** bounded recovery */
  'takes its time': (store) =>
    wrap(store, {
      load: async (restored) => {
        await new Promise((go) => setTimeout(go, 3000));
        await store.load(restored);
      },
    }),
};
