/** XGROUP. */
import { NOTIFY_STREAM } from '../../config/notify.ts';
import { wordOf } from '../../store/id-tree-node.ts';
import { S_LAST_ID, streamId, wordsAt } from '../../store/stream.ts';
import {
  createGroup,
  deleteConsumer,
  destroyGroup,
  ENTRIES_READ_UNKNOWN,
  G_ENTRIES_READ,
  G_LAST_ID,
} from '../../store/stream-group.ts';
import { copyId, ID_INVALID, newId, setCounter64 } from '../../store/stream-id.ts';
import type { CommandClient } from '../command-client.ts';
import { replyHelp, replySubcommandSyntax } from '../help.ts';
import { int64Arg, integerOrReply } from '../parse.ts';
import { type CommandFlag, type CommandProc, type CommandSpec, type KeySpecFlag, keyRange } from '../spec.ts';
import { addConsumer, countChanges, groupArg, noGroupOfKey, tellNewConsumer } from './group-value.ts';
import { addStream, parseIdOrReply, tellNew, writeStream } from './stream-value.ts';

const KEY_MUST_EXIST =
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.';
const BUSY = 'BUSYGROUP Consumer Group name already exists';
const NEGATIVE_READ = 'ERR value for ENTRIESREAD must be positive or -1';

const HELP = [
  'CREATE <key> <groupname> <id|$> [option]',
  '    Create a new consumer group. Options are:',
  '    * MKSTREAM',
  '      Create the empty stream if it does not exist.',
  '    * ENTRIESREAD entries_read',
  "      Set the group's entries_read counter (internal use).",
  'CREATECONSUMER <key> <groupname> <consumer>',
  '    Create a new consumer in the specified group.',
  'DELCONSUMER <key> <groupname> <consumer>',
  '    Remove the specified consumer.',
  'DESTROY <key> <groupname>',
  '    Remove the specified group.',
  'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
  '    Set the current group ID and entries_read counter.',
];

const startId = newId();
/** What parseOptions() read last. */
const options = { mkstream: false, entriesRead: 0n };

/** Reads the options from argument 5 on; false after an error reply. */
function parseOptions(c: CommandClient, create: boolean): boolean {
  const { args, out } = c;
  options.mkstream = false;
  options.entriesRead = BigInt(ENTRIES_READ_UNKNOWN);
  for (let i = 5; i < args.argc; i++) {
    if (create && args.is(i, 'mkstream')) options.mkstream = true;
    else if (args.is(i, 'entriesread') && i + 1 < args.argc) {
      const read = integerOrReply(c, ++i);
      if (Number.isNaN(read)) return false;
      if (read < ENTRIES_READ_UNKNOWN) {
        out.error(NEGATIVE_READ);
        return false;
      }
      options.entriesRead = int64Arg(c, i)!;
    } else {
      replySubcommandSyntax(c);
      return false;
    }
  }
  return true;
}

/** Entry of the stream in argument 2, 0 when there is none and that is allowed; -1 after an error reply. */
function streamOrReply(c: CommandClient, mayBeMissing: boolean): number {
  const e = writeStream(c, 2);
  if (e !== 0 || mayBeMissing) return e;
  c.out.error(KEY_MUST_EXIST);
  return -1;
}

/** The group in arguments 2 and 3; 0 after an error reply. */
function groupOrReply(c: CommandClient): number {
  const e = streamOrReply(c, false);
  if (e < 0) return 0;
  const group = groupArg(c, c.db.root(e), 3);
  if (group === 0) noGroupOfKey(c, 2, 3);
  return group;
}

/** Puts the id in argument 4 into startId, `$` being that of the stream (0-0 without one); false after an error reply. */
function startOrReply(c: CommandClient, e: number, strict: boolean): boolean {
  if (!c.args.is(4, '$')) return parseIdOrReply(c, 4, startId, strict, false) !== ID_INVALID;
  startId.fill(0);
  if (e > 0) streamId(c.db.arena, c.db.root(e), S_LAST_ID, startId);
  return true;
}

/** Makes the group of argument 3; 0 when there is one. */
function newGroup(c: CommandClient, root: number): number {
  const { args, db } = c;
  const group = createGroup(db.arena, root, args.buf, args.off[3]!, args.len[3]!, startId, 0);
  if (group !== 0) setCounter64(wordsAt(db.arena, group), wordOf(group) + G_ENTRIES_READ, options.entriesRead);
  return group;
}

function create(c: CommandClient): void {
  const { args, db, out } = c;
  if (!parseOptions(c, true)) return;
  const e = streamOrReply(c, options.mkstream);
  if (e < 0) return;
  if (args.argc > 8) return replySubcommandSyntax(c);
  if (!startOrReply(c, e, true)) return;
  const isNew = e === 0;
  if (isNew) addStream(c, 2, (client, root) => newGroup(client, root) !== 0);
  else if (newGroup(c, db.root(e)) === 0) return out.error(BUSY);
  out.ok();
  if (isNew) {
    tellNew(c, 2);
    c.modified(2);
  } else countChanges(c, 1);
  c.notify(NOTIFY_STREAM, 'xgroup-create', 2);
}

function setId(c: CommandClient): void {
  const { args, db, out } = c;
  if (!parseOptions(c, false)) return;
  const group = groupOrReply(c);
  if (group === 0) return;
  if (args.argc !== 5 && args.argc !== 7) return replySubcommandSyntax(c);
  if (!startOrReply(c, writeStream(c, 2), false)) return;
  const words = wordsAt(db.arena, group);
  copyId(startId, 0, words, wordOf(group) + G_LAST_ID);
  setCounter64(words, wordOf(group) + G_ENTRIES_READ, options.entriesRead);
  out.ok();
  countChanges(c, 1);
  c.notify(NOTIFY_STREAM, 'xgroup-setid', 2);
}

function destroy(c: CommandClient): void {
  const { args, db, out } = c;
  const e = streamOrReply(c, false);
  if (e < 0) return;
  if (!destroyGroup(db.arena, db.root(e), args.buf, args.off[3]!, args.len[3]!)) return out.integer(0);
  out.integer(1);
  countChanges(c, 1);
  // Those who wait for entries of the group are told.
  c.signalReady(2);
  c.notify(NOTIFY_STREAM, 'xgroup-destroy', 2);
}

function createConsumer(c: CommandClient): void {
  const group = groupOrReply(c);
  if (group === 0) return;
  const made = addConsumer(c, group, 4) !== 0;
  c.out.integer(made ? 1 : 0);
  if (!made) return;
  countChanges(c, 1);
  tellNewConsumer(c, 2);
}

function delConsumer(c: CommandClient): void {
  const { args, db, out } = c;
  const group = groupOrReply(c);
  if (group === 0) return;
  const pending = deleteConsumer(db.arena, group, args.buf, args.off[4]!, args.len[4]!);
  out.integer(Math.max(pending, 0));
  if (pending < 0) return;
  countChanges(c, 1);
  c.notify(NOTIFY_STREAM, 'xgroup-delconsumer', 2);
}

function subcommand(
  name: string,
  arity: number,
  flags: readonly CommandFlag[],
  access: KeySpecFlag,
  proc: CommandProc,
): CommandSpec {
  return { name, arity, flags, categories: ['stream'], keySpecs: [keyRange(['RW', access], 2)], proc };
}

export const groupCommands: readonly CommandSpec[] = [
  {
    name: 'xgroup',
    arity: -2,
    flags: [],
    subcommands: [
      subcommand('create', -5, ['write', 'denyoom'], 'insert', create),
      subcommand('setid', -5, ['write'], 'update', setId),
      subcommand('destroy', 4, ['write'], 'delete', destroy),
      subcommand('createconsumer', 5, ['write', 'denyoom'], 'insert', createConsumer),
      subcommand('delconsumer', 5, ['write'], 'delete', delConsumer),
      {
        name: 'help',
        arity: 2,
        flags: ['loading', 'stale'],
        categories: ['stream'],
        proc: (c) => replyHelp(c, 'XGROUP', HELP),
      },
    ],
  },
];
