// Keys that hold streams: adding, deleting and trimming entries, and the walk through them.

import { Args } from '../../protocol/args.ts';
import type { Db } from '../../store/db.ts';
import { ENC_STREAM, TYPE_STREAM } from '../../store/entry-layout.ts';
import { S_FIRST_ID, S_LAST_ID, streamCreate, streamId, streamLength } from '../../store/stream.ts';
import { APPENDED, ID_AUTO, ID_GIVEN, ID_TOO_SMALL, streamAppend } from '../../store/stream-append.ts';
import {
  compareIds,
  copyId,
  decrementId,
  incrementId,
  isZeroId,
  MAX_ID,
  MIN_ID,
  newId,
  setCounter,
} from '../../store/stream-id.ts';
import { noteDeleted, refreshFirstId, streamDelete, streamTrim, type TrimGoal } from '../../store/stream-trim.ts';
import { streamFreeSome } from '../../store/stream-whole.ts';
import { type ApiFunction, api } from '../abi/api-table.ts';
import { readBytes, readPtrArray, writeBytes, writeI64, writePtr } from '../abi/native-memory.ts';
import { moduleStrings } from '../abi/string-handles.ts';
import type { OpenKey } from '../open-keys.ts';
import { fail } from '../runtime.ts';
import { StreamCursor } from '../stream-cursor.ts';
import {
  addEntry,
  EBADF,
  EDOM,
  EINVAL,
  ENOENT,
  ENOTSUP,
  ERANGE,
  entryOfType,
  keyOrNull,
  newString,
  refuse,
} from '../typed-keys.ts';
import { notifyNew } from './keys-api.ts';

const ADD_AUTOID = 1;
const ITERATOR_EXCLUSIVE = 1;
const ITERATOR_REVERSE = 2;
const TRIM_APPROX = 1;
const EFBIG = 27;
/** A trim that may stop early must not take long: it removes so many nodes at most. */
const APPROX_NODES = 100;

const id = newId();
const other = newId();
const idBytes = new Uint8Array(16);
const idView = new DataView(idBytes.buffer);

/** Reads a RedisModuleStreamID: two 64-bit numbers, ms and sequence. */
function readStreamId(address: number, to: Uint32Array): void {
  const bytes = readBytes(address, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  to[0] = view.getUint32(4, true);
  to[1] = view.getUint32(0, true);
  to[2] = view.getUint32(12, true);
  to[3] = view.getUint32(8, true);
}

function writeStreamId(address: number, from: Uint32Array): void {
  idView.setUint32(4, from[0]!, true);
  idView.setUint32(0, from[1]!, true);
  idView.setUint32(12, from[2]!, true);
  idView.setUint32(8, from[3]!, true);
  writeBytes(address, idBytes, 0, 16);
}

/** The stream's entry, 0 with errno when the key holds none. */
function streamEntry(key: OpenKey): number {
  const e = entryOfType(key, TYPE_STREAM);
  if (e > 0) return e;
  refuse(ENOTSUP, 'the key holds no stream');
  return 0;
}

/** What RM_StreamAdd was told, as the arguments of a command: fields and values in turn. */
function elementArgs(argv: number, numfields: number): Args {
  const handles = numfields === 0 ? [] : readPtrArray(argv, numfields * 2);
  return Args.from(handles.map((handle) => moduleStrings.view(handle)));
}

/** Appends to the stream of a root; 0, or REDISMODULE_ERR with errno. */
function append(key: OpenKey, root: number, how: number, elements: Args): number {
  const { keyspace } = key.data;
  const { arena } = key.db;
  streamId(arena, root, S_LAST_ID, other);
  if (compareIds(other, 0, MAX_ID, 0) === 0) return refuse(EFBIG, 'the stream has used its last id');
  const done = streamAppend(arena, root, id, how, elements, 0, keyspace.limits);
  if (done === APPENDED) return 0;
  return done === ID_TOO_SMALL
    ? refuse(EDOM, 'the id is not above those in the stream')
    : refuse(ERANGE, 'the elements are too large');
}

function streamAdd(handle: number, flags: number, idAddress: number, argv: number, count: number | bigint): number {
  const auto = (flags & ADD_AUTOID) !== 0;
  const numfields = Number(count);
  const key = keyOrNull(handle);
  if (key === null) return 1;
  if ((flags & ~ADD_AUTOID) !== 0 || (numfields !== 0 && argv === 0) || (!auto && idAddress === 0) || numfields < 0) {
    return refuse(EINVAL, 'an argument is missing, or a flag unknown');
  }
  const e = entryOfType(key, TYPE_STREAM);
  if (e < 0) return refuse(ENOTSUP, 'the key holds no stream');
  if (!key.writable) return refuse(EBADF, 'the key was not opened for writing');
  if (auto) {
    setCounter(id, 0, key.data.keyspace.nowMs);
    id[2] = id[3] = 0;
  } else {
    readStreamId(idAddress, id);
    if (isZeroId(id, 0)) return refuse(EDOM, 'the id is 0-0');
  }
  const elements = elementArgs(argv, numfields);
  const how = auto ? ID_AUTO : ID_GIVEN;
  const status = e === 0 ? addToNew(key, how, elements) : append(key, key.db.root(e), how, elements);
  if (status !== 0) return status;
  if (idAddress !== 0) writeStreamId(idAddress, id);
  if (e === 0) notifyNew(key);
  else key.signalsReady = true;
  return 0;
}

/** The same for a key that is empty. */
function addToNew(key: OpenKey, how: number, elements: Args): number {
  const { db } = key;
  const root = streamCreate(db.arena);
  let made = false;
  try {
    const status = append(key, root, how, elements);
    if (status !== 0) return status;
    addEntry(key, (to: Db, buf, off, len) => to.addRoot(buf, off, len, TYPE_STREAM, ENC_STREAM, root));
    made = true;
    return 0;
  } finally {
    if (!made) streamFreeSome(db.arena, root, Number.POSITIVE_INFINITY);
  }
}

/** Deletes an entry and keeps the stream's own ids true; false when there is none. */
function deleteEntry(key: OpenKey, root: number, target: Uint32Array): boolean {
  const { arena } = key.db;
  if (!streamDelete(arena, root, target, 0)) return false;
  noteDeleted(arena, root, target, 0);
  streamId(arena, root, S_FIRST_ID, other);
  if (compareIds(other, 0, target, 0) === 0 || streamLength(arena, root) === 0) refreshFirstId(arena, root);
  return true;
}

function streamDeleteById(handle: number, idAddress: number): number {
  if (idAddress === 0) return refuse(EINVAL, 'the id is NULL');
  const key = keyOrNull(handle);
  const e = key === null ? 0 : streamEntry(key);
  if (key === null || e === 0) return 1;
  if (!key.writable || key.cursor !== null) return refuse(EBADF, 'the key is not writable, or an iterator is started');
  readStreamId(idAddress, id);
  return deleteEntry(key, key.db.root(e), id) ? 0 : refuse(ENOENT, 'there is no such entry');
}

function iteratorStart(handle: number, flags: number, startAddress: number, endAddress: number): number {
  const key = keyOrNull(handle);
  if (key === null) return 1;
  if ((flags & ~(ITERATOR_EXCLUSIVE | ITERATOR_REVERSE)) !== 0) return refuse(EINVAL, 'there is no such flag');
  if (streamEntry(key) === 0) return 1;
  if (key.cursor !== null) return refuse(EBADF, 'an iterator is started already');
  copyId(MIN_ID, 0, id, 0);
  copyId(MAX_ID, 0, other, 0);
  if (startAddress !== 0) readStreamId(startAddress, id);
  if (endAddress !== 0) readStreamId(endAddress, other);
  if (flags & ITERATOR_EXCLUSIVE) {
    const hasStart = startAddress === 0 || incrementId(id, 0);
    if (!hasStart || (endAddress !== 0 && !decrementId(other, 0))) return refuse(EDOM, 'no id is within these bounds');
  }
  key.cursor = new StreamCursor(id, other, (flags & ITERATOR_REVERSE) !== 0);
  return 0;
}

/** The key and its stream's entry for a step of its iterator; entry 0, with errno, when that cannot be. */
function iteratorKey(handle: number): [key: OpenKey | null, e: number] {
  const key = keyOrNull(handle);
  const e = key === null ? 0 : streamEntry(key);
  if (key === null || e === 0) return [null, 0];
  if (key.cursor !== null) return [key, e];
  refuse(EBADF, 'no iterator is started');
  return [null, 0];
}

function iteratorNextId(handle: number, idAddress: number, numfields: number): number {
  const [key, e] = iteratorKey(handle);
  if (key === null) return 1;
  const cursor = key.cursor!;
  const pairs = cursor.next(key.db, e);
  if (pairs < 0) return refuse(ENOENT, 'the range has no further entry');
  if (idAddress !== 0) writeStreamId(idAddress, cursor.id);
  if (numfields !== 0) writeI64(numfields, pairs);
  return 0;
}

function iteratorNextField(handle: number, fieldTarget: number, valueTarget: number): number {
  const [key, e] = iteratorKey(handle);
  if (key === null) return 1;
  const pair = key.cursor!.nextField(key.db, e);
  if (pair === null) return refuse(ENOENT, 'the entry has no further field');
  const [field, value] = pair;
  if (fieldTarget !== 0) writePtr(fieldTarget, newString(key, field, 0, field.length));
  if (valueTarget !== 0) writePtr(valueTarget, newString(key, value, 0, value.length));
  return 0;
}

function iteratorDelete(handle: number): number {
  const key = keyOrNull(handle);
  const e = key === null ? 0 : streamEntry(key);
  if (key === null || e === 0) return 1;
  const { cursor } = key;
  if (!key.writable || cursor === null) return refuse(EBADF, 'the key is not writable, or no iterator is started');
  if (!cursor.atEntry) return refuse(ENOENT, 'there is no current entry');
  cursor.atEntry = false;
  deleteEntry(key, key.db.root(e), cursor.id);
  return 0;
}

const goal: TrimGoal = { maxLength: -1, minId: newId(), approximate: false, limit: 0 };

/** Trims to a length, or (-1) to entries from `goal.minId` on; how many went, -1 with errno. */
function trim(handle: number, flags: number, maxLength: number, isValid: boolean): number {
  const key = keyOrNull(handle);
  if (key === null) return -1;
  if ((flags & ~TRIM_APPROX) !== 0 || !isValid) {
    refuse(EINVAL, 'an argument is out of range, or a flag unknown');
    return -1;
  }
  const e = streamEntry(key);
  if (e === 0) return -1;
  if (!key.writable) {
    refuse(EBADF, 'the key was not opened for writing');
    return -1;
  }
  goal.maxLength = maxLength;
  goal.approximate = (flags & TRIM_APPROX) !== 0;
  goal.limit = goal.approximate ? APPROX_NODES * key.data.keyspace.limits.streamNodeMaxEntries : 0;
  return streamTrim(key.db.arena, key.db.root(e), goal);
}

export const streamKeys: ApiFunction[] = [
  api(
    '6.2',
    'int RedisModule_StreamAdd(RedisModuleKey *key, int flags, RedisModuleStreamID *id, RedisModuleString **argv, int64_t numfields)',
    1,
    streamAdd,
  ),
  api('6.2', 'int RedisModule_StreamDelete(RedisModuleKey *key, RedisModuleStreamID *id)', 1, streamDeleteById),
  api(
    '6.2',
    'int RedisModule_StreamIteratorStart(RedisModuleKey *key, int flags, RedisModuleStreamID *startid, RedisModuleStreamID *endid)',
    1,
    iteratorStart,
  ),
  api('6.2', 'int RedisModule_StreamIteratorStop(RedisModuleKey *key)', 1, (handle: number) => {
    const [key] = iteratorKey(handle);
    if (key === null) return fail('no iterator is started');
    key.cursor = null;
    return 0;
  }),
  api(
    '6.2',
    'int RedisModule_StreamIteratorNextID(RedisModuleKey *key, RedisModuleStreamID *id, long *numfields)',
    1,
    iteratorNextId,
  ),
  api(
    '6.2',
    'int RedisModule_StreamIteratorNextField(RedisModuleKey *key, RedisModuleString **field_ptr, RedisModuleString **value_ptr)',
    1,
    iteratorNextField,
  ),
  api('6.2', 'int RedisModule_StreamIteratorDelete(RedisModuleKey *key)', 1, iteratorDelete),
  api(
    '6.2',
    'long long RedisModule_StreamTrimByLength(RedisModuleKey *key, int flags, long long length)',
    -1,
    (handle: number, flags: number, length: number | bigint) => trim(handle, flags, Number(length), length >= 0),
  ),
  api(
    '6.2',
    'long long RedisModule_StreamTrimByID(RedisModuleKey *key, int flags, RedisModuleStreamID *id)',
    -1,
    (handle: number, flags: number, idAddress: number) => {
      if (idAddress !== 0) readStreamId(idAddress, goal.minId);
      return trim(handle, flags, -1, idAddress !== 0);
    },
  ),
];
