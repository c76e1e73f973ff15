/** SELECT, QUIT and RESET. */
import { CLIENT_CLOSE_AFTER_REPLY, CLIENT_INTERNAL, type CommandClient } from '../command-client.ts';
import { DB_INDEX_OUT_OF_RANGE } from '../errors.ts';
import { int32OrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

function select(c: CommandClient): void {
  const index = int32OrReply(c, 1);
  if (Number.isNaN(index)) return;
  if (c.selectDb(index)) c.out.ok();
  else c.out.error(DB_INDEX_OUT_OF_RANGE);
}

function quit(c: CommandClient): void {
  c.out.ok();
  c.flags |= CLIENT_CLOSE_AFTER_REPLY;
}

function reset(c: CommandClient): void {
  if (c.flags & CLIENT_INTERNAL) return c.out.error('ERR can only reset normal client connections');
  c.reset();
  c.out.resp = c.resp;
  c.out.simple('RESET');
}

export const sessionCommands: readonly CommandSpec[] = [
  { name: 'select', arity: 2, flags: ['loading', 'stale', 'fast'], categories: ['connection'], proc: select },
  {
    name: 'quit',
    arity: -1,
    flags: ['allow_busy', 'noscript', 'loading', 'stale', 'fast', 'no_auth'],
    categories: ['connection'],
    proc: quit,
  },
  {
    name: 'reset',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    categories: ['connection'],
    proc: reset,
  },
];
