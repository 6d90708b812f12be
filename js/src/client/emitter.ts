// The compiler wants any[] here of a class that is mixed into.
type Constructor = new (...args: any[]) => object;

/** A listener as user code writes it; `this` is the emitter. */
export type Listener = (...args: unknown[]) => void;

type Registry = Map<string, Listener[]>;

/** once wraps its listener; the wrapper remembers what it wraps, so it can be removed. */
interface Wrapper extends Listener {
  wrapped?: Listener;
}

/**
 * Adds an event emitter of the classic Node kind to a class: registration order is calling
 * order, adding and removing while an event is being emitted affects only the next one, and
 * methods can be chained. One thing differs: `error` without a listener does not throw.
 *
 * Spec: sdk-v1-api 4
 */
export function withEvents<Base extends Constructor>(base: Base) {
  const registries = new WeakMap<object, Registry>();
  const limits = new WeakMap<object, number>();

  function registered(emitter: object): Registry {
    let registry = registries.get(emitter);
    if (!registry) {
      registry = new Map();
      registries.set(emitter, registry);
    }
    return registry;
  }

  return class Emitting extends base {
    /** Calls listener on each event of that name, after those registered before it. */
    on(event: string, listener: Listener): this {
      if (typeof listener !== "function") {
        throw new TypeError("listener must be a function");
      }
      const registry = registered(this);
      const list = registry.get(event) || [];
      if (registry.has("newListener")) {
        this.emit("newListener", event, (listener as Wrapper).wrapped || listener);
      }
      registry.set(event, [...list, listener]);
      const limit = limits.has(this) ? (limits.get(this) as number) : 10;
      if (limit > 0 && list.length === limit) {
        console.warn(
          `More than ${limit} listeners of ${event}: is one added again and again? ` +
            "setMaxListeners raises the limit.",
        );
      }
      return this;
    }

    /** The same as on. */
    addListener(event: string, listener: Listener): this {
      return this.on(event, listener);
    }

    /** Like on, for the next event only. */
    once(event: string, listener: Listener): this {
      if (typeof listener !== "function") {
        throw new TypeError("listener must be a function");
      }
      const wrapper: Wrapper = (...args) => {
        this.removeListener(event, wrapper);
        listener.apply(this, args);
      };
      wrapper.wrapped = listener;
      return this.on(event, wrapper);
    }

    /** Takes the listener off again; if it was added twice, its latest registration. */
    removeListener(event: string, listener: Listener): this {
      const registry = registered(this);
      const list = registry.get(event) || [];
      for (let i = list.length - 1; i >= 0; i--) {
        if (list[i] === listener || (list[i] as Wrapper).wrapped === listener) {
          const rest = list.filter((_, index) => index !== i);
          if (rest.length) {
            registry.set(event, rest);
          } else {
            registry.delete(event);
          }
          if (registry.has("removeListener")) {
            this.emit("removeListener", event, listener);
          }
          break;
        }
      }
      return this;
    }

    /** Takes off every listener of the event, or of all events. */
    removeAllListeners(event?: string): this {
      const registry = registered(this);
      if (event === undefined) {
        registry.clear();
      } else {
        registry.delete(event);
      }
      return this;
    }

    /** A copy of the listeners of an event, in calling order. */
    listeners(event: string): Listener[] {
      return (registered(this).get(event) || []).map((each) => (each as Wrapper).wrapped || each);
    }

    /** How many listeners one event may have before a warning is printed; 0 for no limit. */
    setMaxListeners(limit: number): this {
      if (typeof limit !== "number" || !(limit >= 0)) {
        throw new TypeError("the limit must be a number that is not negative");
      }
      limits.set(this, limit);
      return this;
    }

    /** Calls the listeners of the event one after the other; tells whether there were any. */
    emit(event: string, ...args: unknown[]): boolean {
      const list = registered(this).get(event);
      if (!list) {
        return false;
      }
      for (const listener of list) {
        listener.apply(this, args);
      }
      return true;
    }
  };
}

/** What withEvents adds, for code that only emits. */
export interface Emitter {
  emit(event: string, ...args: unknown[]): boolean;
}
