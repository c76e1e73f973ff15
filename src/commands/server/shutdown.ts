/** SHUTDOWN. */
import { CLIENT_DENY_BLOCKING, type CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

function shutdown(c: CommandClient): void {
  const { args, out, server } = c;
  let save = false;
  let nosave = false;
  let now = false;
  let force = false;
  let abort = false;
  for (let i = 1; i < args.argc; i++) {
    if (args.is(i, 'nosave')) nosave = true;
    else if (args.is(i, 'save')) save = true;
    else if (args.is(i, 'now')) now = true;
    else if (args.is(i, 'force')) force = true;
    else if (args.is(i, 'abort')) abort = true;
    else return out.error(SYNTAX_ERROR);
  }
  if ((abort && (save || nosave || now || force)) || (save && nosave)) return out.error(SYNTAX_ERROR);
  // Nothing delays a shutdown here, so there is never one to be aborted.
  if (abort) return out.error('ERR No shutdown in progress.');
  if (!now && c.flags & CLIENT_DENY_BLOCKING) {
    return out.error("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client");
  }
  // There is nothing to save to: a shutdown that must save would lose what it was asked to keep.
  if (save && !force) return out.error('ERR Errors trying to SHUTDOWN. Check logs.');
  // The caller gets no reply: its connection ends with the server.
  c.block({ kind: 'shutdown', timeoutAtMs: 0, sinceUs: 0 });
  server.onShutdownRequest();
}

export const shutdownCommands: readonly CommandSpec[] = [
  {
    name: 'shutdown',
    arity: -1,
    flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'sentinel', 'allow_busy'],
    proc: shutdown,
  },
];
