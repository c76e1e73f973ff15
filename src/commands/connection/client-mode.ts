/** CLIENT REPLY, NO-EVICT, NO-TOUCH, PAUSE, UNPAUSE and UNBLOCK. */
import { INT64_MAX } from '../../protocol/numbers.ts';
import {
  CLIENT_NO_TOUCH,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  CLIENT_REPLY_SKIP_NEXT,
  type CommandClient,
} from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { replySubcommandSyntax } from '../help.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';

function reply(c: CommandClient): void {
  const { args, out } = c;
  if (args.is(2, 'on')) {
    c.flags &= ~(CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP);
    out.ok();
  } else if (args.is(2, 'off')) c.flags |= CLIENT_REPLY_OFF;
  else if (!args.is(2, 'skip')) out.error(SYNTAX_ERROR);
  else if ((c.flags & CLIENT_REPLY_OFF) === 0) c.flags |= CLIENT_REPLY_SKIP_NEXT;
}

/** Calls `set` with what the argument ON or OFF says. */
function onOrOff(c: CommandClient, set: (on: boolean) => void): void {
  const { args, out } = c;
  const on = args.is(2, 'on');
  if (!on && !args.is(2, 'off')) return out.error(SYNTAX_ERROR);
  set(on);
  out.ok();
}

function noEvict(c: CommandClient): void {
  onOrOff(c, (on) => c.exemptFromEviction(on));
}

function noTouch(c: CommandClient): void {
  onOrOff(c, (on) => {
    c.flags = on ? c.flags | CLIENT_NO_TOUCH : c.flags & ~CLIENT_NO_TOUCH;
  });
}

function pause(c: CommandClient): void {
  const { args, out, server } = c;
  if (args.argc > 4) return replySubcommandSyntax(c);
  let writesOnly = false;
  if (args.argc === 4) {
    writesOnly = args.is(3, 'write');
    if (!writesOnly && !args.is(3, 'all')) return out.error('ERR CLIENT PAUSE mode must be WRITE or ALL');
  }
  const timeoutMs = int64Arg(c, 2);
  if (timeoutMs === null) return out.error('ERR timeout is not an integer or out of range');
  if (timeoutMs < 0n) return out.error('ERR timeout is negative');
  if (timeoutMs > INT64_MAX - BigInt(server.nowMs)) return out.error('ERR timeout is out of range');
  server.pause.begin(timeoutMs === 0n ? 0 : Number(timeoutMs) + server.nowMs, writesOnly);
  out.ok();
}

function unpause(c: CommandClient): void {
  c.server.pause.end();
  c.out.ok();
}

function unblock(c: CommandClient): void {
  const { args, out, server } = c;
  if (args.argc > 4) return replySubcommandSyntax(c);
  let withError = false;
  if (args.argc === 4) {
    withError = args.is(3, 'error');
    if (!withError && !args.is(3, 'timeout')) return out.error('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  }
  const id = integerOrReply(c, 2);
  if (Number.isNaN(id)) return;
  const target = server.blocked.clients.get(id);
  const onTimeout = target?.blocked?.onTimeout;
  // What waits without a possible time-out (a module that gave none, CLIENT PAUSE) cannot be woken up either.
  if (target === undefined || onTimeout === undefined) return out.integer(0);
  if (withError) {
    server.blocked.unblock(target, (client) => client.out.error('UNBLOCKED client unblocked via CLIENT UNBLOCK'));
  } else server.blocked.unblock(target, onTimeout);
  out.integer(1);
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const ADMIN: readonly CommandFlag[] = ['admin', ...FLAGS];
const categories = ['connection'];

export const clientModeCommands: readonly CommandSpec[] = [
  { name: 'reply', arity: 3, flags: FLAGS, categories, proc: reply },
  { name: 'no-evict', arity: 3, flags: ADMIN, categories, proc: noEvict },
  {
    name: 'no-touch',
    arity: 3,
    flags: ['noscript', 'loading', 'stale'],
    categories,
    proc: noTouch,
  },
  { name: 'pause', arity: -3, flags: ADMIN, categories, proc: pause },
  { name: 'unpause', arity: 2, flags: ADMIN, categories, proc: unpause },
  { name: 'unblock', arity: -3, flags: ADMIN, categories, proc: unblock },
];
