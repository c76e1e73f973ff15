/** Places where other parts of the server (modules, tracking, replication) learn of what happens. */
import type { Client } from '../clients/client.ts';

export class Hooks {
  /** A database (or with -1 all of them) is about to be flushed, or (`ended`) has been. */
  readonly flush: ((dbIndex: number, lazy: boolean, ended: boolean) => void)[] = [];
  /** Two databases have changed places; they may be the same. */
  readonly swapDb: ((first: number, second: number) => void)[] = [];
  /** CONFIG SET has succeeded; names of the directives as byte strings. */
  readonly configSet: ((names: readonly string[]) => void)[] = [];
  /** A connection was accepted, or (`gone`) is about to be forgotten. */
  readonly connection: ((c: Client, gone: boolean) => void)[] = [];
  /** Further state that RESET must end: transactions, subscriptions, tracking. */
  readonly clientReset: ((c: Client) => void)[] = [];
  /** A fork child was made, or (`ended`) is gone. */
  readonly forkChild: ((ended: boolean) => void)[] = [];
  /** The server is about to end. */
  readonly shutdown: (() => void)[] = [];
  /** The loop is about to wait for events, or has waited; null: nobody wants to know. */
  round: ((waited: boolean) => void) | null = null;
}

/** Adds a function to a list of hooks; returns what takes it out again. */
export function addHook<T>(list: T[], fn: T): () => void {
  list.push(fn);
  return () => {
    const at = list.indexOf(fn);
    if (at >= 0) list.splice(at, 1);
  };
}
