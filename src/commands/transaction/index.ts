/** The transactions group: MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
import { CLIENT_DIRTY_CAS, CLIENT_MULTI, type CommandClient } from '../command-client.ts';
import { type CommandFlag, type CommandSpec, keyRange } from '../spec.ts';

function multi(c: CommandClient): void {
  if (c.flags & CLIENT_MULTI) return c.out.error('ERR MULTI calls can not be nested');
  c.beginTransaction();
  c.out.ok();
}

function exec(c: CommandClient): void {
  if (!(c.flags & CLIENT_MULTI)) return c.out.error('ERR EXEC without MULTI');
  c.executeTransaction();
}

function discard(c: CommandClient): void {
  if (!(c.flags & CLIENT_MULTI)) return c.out.error('ERR DISCARD without MULTI');
  c.discardTransaction();
  c.out.ok();
}

function watch(c: CommandClient): void {
  if (c.flags & CLIENT_MULTI) return c.out.error('ERR WATCH inside MULTI is not allowed');
  // A client whose transaction is spoilt already has nothing to watch for.
  if (!(c.flags & CLIENT_DIRTY_CAS)) for (let i = 1; i < c.args.argc; i++) c.watch(i);
  c.out.ok();
}

function unwatch(c: CommandClient): void {
  c.unwatch();
  c.out.ok();
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'fast', 'allow_busy'];

export const transactionCommands: readonly CommandSpec[] = [
  { name: 'multi', arity: 1, flags: FLAGS, categories: ['transaction'], proc: multi },
  {
    name: 'exec',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
    categories: ['transaction'],
    proc: exec,
  },
  { name: 'discard', arity: 1, flags: FLAGS, categories: ['transaction'], proc: discard },
  {
    name: 'watch',
    arity: -2,
    flags: FLAGS,
    categories: ['transaction'],
    keySpecs: [keyRange(['RO'], 1, -1)],
    proc: watch,
  },
  { name: 'unwatch', arity: 1, flags: FLAGS, categories: ['transaction'], proc: unwatch },
];
