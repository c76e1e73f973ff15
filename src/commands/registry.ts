/**
 * The command table at run time: rows of `CommandSpec` made ready for execution, found by name without regard to case.
 */
import type { AclCommand, AclCommandTable, FoundChannel, FoundKey } from '../acl/command-view.ts';
import { type KeyPlan, permissionsOf, planKeys } from '../acl/key-plan.ts';
import type { Args } from '../protocol/args.ts';
import type { CommandDocs } from './docs/doc.ts';
import type { LatencyHistogram } from './histogram.ts';
import { commandKeys } from './key-references.ts';
import type { CommandFlag, CommandProc, CommandSpec } from './spec.ts';

/** Bits of `CommandEntry.flags`, one for each flag that dispatch looks at. */
export const CMD_WRITE = 1 << 0;
export const CMD_READONLY = 1 << 1;
export const CMD_DENYOOM = 1 << 2;
export const CMD_MODULE = 1 << 3;
export const CMD_ADMIN = 1 << 4;
export const CMD_PUBSUB = 1 << 5;
export const CMD_NOSCRIPT = 1 << 6;
export const CMD_BLOCKING = 1 << 7;
export const CMD_LOADING = 1 << 8;
export const CMD_STALE = 1 << 9;
export const CMD_SKIP_MONITOR = 1 << 10;
export const CMD_SKIP_SLOWLOG = 1 << 11;
export const CMD_ASKING = 1 << 12;
export const CMD_FAST = 1 << 13;
export const CMD_NO_AUTH = 1 << 14;
export const CMD_MAY_REPLICATE = 1 << 15;
export const CMD_NO_MULTI = 1 << 16;
export const CMD_ALLOW_BUSY = 1 << 17;
export const CMD_PROTECTED = 1 << 18;

const FLAG_BITS: Partial<Record<CommandFlag, number>> = {
  write: CMD_WRITE,
  readonly: CMD_READONLY,
  denyoom: CMD_DENYOOM,
  module: CMD_MODULE,
  admin: CMD_ADMIN,
  pubsub: CMD_PUBSUB,
  noscript: CMD_NOSCRIPT,
  blocking: CMD_BLOCKING,
  loading: CMD_LOADING,
  stale: CMD_STALE,
  skip_monitor: CMD_SKIP_MONITOR,
  skip_slowlog: CMD_SKIP_SLOWLOG,
  asking: CMD_ASKING,
  fast: CMD_FAST,
  no_auth: CMD_NO_AUTH,
  may_replicate: CMD_MAY_REPLICATE,
  no_multi: CMD_NO_MULTI,
  allow_busy: CMD_ALLOW_BUSY,
  protected: CMD_PROTECTED,
};

/** Commands that read nothing themselves: what they run does. */
const SCRIPT_READERS: ReadonlySet<string> = new Set(['eval_ro', 'evalsha_ro', 'fcall_ro']);

/** Arguments `first`, `first + step`, … up to `last`, which is counted from the end when it is negative. */
export interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The range of a command whose only key specification is one. */
function plainKeyRange({ keySpecs = [] }: CommandSpec): KeyRange | null {
  const [only] = keySpecs;
  if (only === undefined || keySpecs.length > 1) return null;
  const { begin, find, flags } = only;
  if (begin === 'unknown' || !('index' in begin) || find === 'unknown' || !('lastKey' in find)) return null;
  if (find.limit !== 0 || ['not_key', 'incomplete', 'variable_flags'].some((flag) => flags.includes(flag as never))) {
    return null;
  }
  return { first: begin.index, last: find.lastKey < 0 ? find.lastKey : begin.index + find.lastKey, step: find.step };
}

/** Numbers of commands for access control, by full name. */
const ids = new Map<string, number>();

function idOf(fullName: string): number {
  let id = ids.get(fullName);
  if (id === undefined) ids.set(fullName, (id = ids.size));
  return id;
}

/** A command or subcommand that can be executed, with its statistics. */
export class CommandEntry implements AclCommand {
  readonly id: number;
  readonly spec: CommandSpec;
  /** `get`, `config|get`. */
  readonly fullName: string;
  readonly nameBytes: Uint8Array;
  readonly parent: CommandEntry | null;
  readonly arity: number;
  readonly flags: number;
  readonly needsNoAuth: boolean;
  readonly keyPlan: KeyPlan;
  readonly usesChannels: boolean;
  readonly proc: CommandProc | null;
  readonly subcommands: Map<string, CommandEntry> | null;
  /** ACL categories with their `@`-less names, those that follow from the flags included. */
  categories: readonly string[];
  /** Name of the module that registered it. */
  readonly module: string | null;
  /** Position of the first key where the first key specification tells it; else 0. */
  readonly firstKey: number;
  /** Whether a client may keep a copy of what it got, and then has to be told when one of the keys changes. */
  readonly readsKeys: boolean;
  /** Which arguments are keys, where that is the same for every command line; else see key-references.ts. */
  readonly keyRange: KeyRange | null;
  /** Argument that names an element of its value, 0 = none. */
  readonly elementArg: number;
  /** What COMMAND DOCS says, for commands of modules; those of the server have theirs in `docs/`. */
  docs: CommandDocs | null = null;

  calls = 0;
  usec = 0;
  rejectedCalls = 0;
  failedCalls = 0;
  /** Calls by duration; null before the first call and while `latency-tracking` is off. */
  latency: LatencyHistogram | null = null;

  constructor(spec: CommandSpec, parent: CommandEntry | null, module: string | null) {
    this.spec = spec;
    this.parent = parent;
    this.module = module;
    const begin = spec.keySpecs?.[0]?.begin;
    this.elementArg = spec.elementArg ?? 0;
    this.firstKey = typeof begin === 'object' && 'index' in begin ? begin.index : 0;
    this.fullName = parent === null ? spec.name : `${parent.fullName}|${spec.name}`;
    this.id = idOf(this.fullName.toLowerCase());
    this.nameBytes = Buffer.from(spec.name, 'latin1');
    this.arity = spec.arity;
    let bits = 0;
    for (const flag of spec.flags) bits |= FLAG_BITS[flag] ?? 0;
    this.flags = bits;
    this.readsKeys = (bits & CMD_READONLY) !== 0 && (bits & CMD_PUBSUB) === 0 && !SCRIPT_READERS.has(this.fullName);
    this.keyRange = plainKeyRange(spec);
    this.needsNoAuth = (bits & CMD_NO_AUTH) !== 0;
    this.keyPlan = planKeys(spec.keySpecs ?? [], spec.getKeys !== undefined);
    this.usesChannels = spec.getChannels !== undefined;
    this.proc = spec.proc ?? null;
    // Commands of modules are in the categories that the module names, and in no other.
    const implied = module === null ? impliedCategories(bits, spec) : [];
    this.categories = [...new Set([...(spec.categories ?? []), ...implied])];
    this.subcommands =
      spec.subcommands === undefined
        ? null
        : new Map(spec.subcommands.map((sub) => [sub.name.toLowerCase(), new CommandEntry(sub, this, module)]));
  }

  /** Continues what `old`, an earlier entry of the same command, has counted. */
  takeOver(old: CommandEntry): void {
    this.docs = old.docs;
    this.calls = old.calls;
    this.usec = old.usec;
    this.rejectedCalls = old.rejectedCalls;
    this.failedCalls = old.failedCalls;
    this.latency = old.latency;
    for (const [name, sub] of this.subcommands ?? []) {
      const before = old.subcommands?.get(name);
      if (before !== undefined) sub.takeOver(before);
    }
  }

  resetStats(): void {
    this.calls = this.usec = this.rejectedCalls = this.failedCalls = 0;
    this.latency = null;
    for (const sub of this.subcommands?.values() ?? []) sub.resetStats();
  }
}

/** Categories that Redis derives from a command's flags. */
function impliedCategories(flags: number, spec: CommandSpec): string[] {
  const out: string[] = [];
  if (flags & CMD_WRITE) out.push('write');
  if (flags & CMD_READONLY && !spec.categories?.includes('scripting')) out.push('read');
  if (flags & CMD_ADMIN) out.push('admin', 'dangerous');
  if (flags & CMD_PUBSUB) out.push('pubsub');
  if (flags & CMD_FAST) out.push('fast');
  if (flags & CMD_BLOCKING) out.push('blocking');
  if (!(flags & CMD_FAST)) out.push('slow');
  return out;
}

/** Open-addressing table from lower-cased names to commands; look-ups compare bytes and allocate nothing. */
export class CommandRegistry implements AclCommandTable {
  /** Commands by the names they were born with: renamed ones, and removed ones too. */
  readonly originals = new Map<string, CommandEntry>();
  /** ACL categories that modules have added. */
  readonly moduleCategories = new Set<string>();
  /** Raised by every change: entries looked up under another version may be gone. */
  version = 0;
  private slots: (CommandEntry | null)[] = new Array(1024).fill(null);
  private names: (Uint8Array | null)[] = new Array(1024).fill(null);
  private readonly byName = new Map<string, CommandEntry>();

  /** Adds a row under its name; false when the name is taken. */
  add(spec: CommandSpec, module: string | null = null, name: string = spec.name): boolean {
    const key = name.toLowerCase();
    if (this.byName.has(key)) return false;
    this.enter(key, new CommandEntry(spec, null, module));
    this.rebuild();
    return true;
  }

  addAll(specs: readonly CommandSpec[]): void {
    for (const spec of specs) {
      if (this.byName.has(spec.name)) throw new Error(`command ${spec.name} has two rows`);
      this.enter(spec.name, new CommandEntry(spec, null, null));
    }
    this.rebuild();
  }

  private enter(name: string, entry: CommandEntry): void {
    this.byName.set(name, entry);
    this.originals.set(name, entry);
  }

  /** The row of a command has changed: makes its entry anew; statistics and documentation stay. */
  refresh(name: string): void {
    const key = name.toLowerCase();
    const old = this.byName.get(key);
    if (old === undefined) throw new Error(`there is no command ${name}`);
    const entry = new CommandEntry(old.spec, null, old.module);
    entry.takeOver(old);
    this.enter(key, entry);
    this.rebuild();
  }

  remove(name: string): boolean {
    const found = this.byName.delete(name.toLowerCase());
    this.originals.delete(name.toLowerCase());
    if (found) this.rebuild();
    return found;
  }

  /** `rename-command`: an empty new name removes the command. Returns an error text, or null. */
  rename(from: string, to: string): string | null {
    const entry = this.byName.get(from.toLowerCase());
    if (entry === undefined) return 'No such command in rename-command';
    if (to !== '' && this.byName.has(to.toLowerCase())) return 'Target command name already exists';
    this.byName.delete(from.toLowerCase());
    if (to !== '') this.byName.set(to.toLowerCase(), entry);
    this.rebuild();
    return null;
  }

  /** By name in any case; `config|get` finds a subcommand. */
  get(name: string): CommandEntry | undefined {
    const [first = '', second, more] = name.toLowerCase().split('|');
    const entry = more === undefined ? this.byName.get(first) : undefined;
    return second === undefined ? entry : entry?.subcommands?.get(second);
  }

  /** All top-level commands under the names they answer to. */
  entries(): IterableIterator<[string, CommandEntry]> {
    return this.byName.entries();
  }

  get size(): number {
    return this.byName.size;
  }

  resetStats(): void {
    for (const entry of this.byName.values()) entry.resetStats();
  }

  /** The command named by argument i, subcommands not resolved. */
  lookup(args: Args, i: number): CommandEntry | null {
    const { buf } = args;
    const off = args.off[i]!;
    const len = args.len[i]!;
    const mask = this.slots.length - 1;
    let slot = hashName(buf, off, len) & mask;
    for (;;) {
      const name = this.names[slot];
      if (name === null || name === undefined) return null;
      if (name.length === len && equalFolded(buf, off, name)) return this.slots[slot]!;
      slot = (slot + 1) & mask;
    }
  }

  /**
   * The command that this command line runs: a container's subcommand where there is one. Null when the command does
   * not exist; a container when the subcommand does not, or is not given.
   */
  resolve(args: Args): CommandEntry | null {
    const entry = this.lookup(args, 0);
    if (entry === null || entry.subcommands === null || args.argc < 2) return entry;
    return entry.subcommands.get(args.latin1(1).toLowerCase()) ?? entry;
  }

  hasCategory(name: string): boolean {
    return this.moduleCategories.has(name);
  }

  keysOf(command: AclCommand, args: Args): FoundKey[] {
    const keys = commandKeys(command as CommandEntry, args);
    return keys.map(({ index, flags }) => ({ index, permissions: permissionsOf(flags) }));
  }

  channelsOf(command: AclCommand, args: Args): readonly FoundChannel[] {
    return (command as CommandEntry).spec.getChannels?.(args) ?? [];
  }

  private rebuild(): void {
    this.version++;
    let capacity = 1024;
    while (capacity < this.byName.size * 4) capacity *= 2;
    this.slots = new Array(capacity).fill(null);
    this.names = new Array(capacity).fill(null);
    for (const [name, entry] of this.byName) {
      const bytes = Buffer.from(name, 'latin1');
      let slot = hashName(bytes, 0, bytes.length) & (capacity - 1);
      while (this.slots[slot] !== null) slot = (slot + 1) & (capacity - 1);
      this.slots[slot] = entry;
      this.names[slot] = Uint8Array.from(bytes);
    }
  }
}

/**
 * Hash of a name without regard to case: FNV-1a over its length and five of its bytes, with bit 5 set. Names are few and
 * are compared in full afterwards; hashing all bytes of a long one takes longer than that comparison.
 */
function hashName(buf: Uint8Array, off: number, len: number): number {
  if (len === 0) return 0;
  const end = off + len - 1;
  let hash = Math.imul(len ^ (buf[off]! | 32), 0x01000193);
  hash = Math.imul(hash ^ (buf[off + (len >> 2)]! | 32), 0x01000193);
  hash = Math.imul(hash ^ (buf[off + (len >> 1)]! | 32), 0x01000193);
  hash = Math.imul(hash ^ (buf[end - (len >> 2)]! | 32), 0x01000193);
  hash = Math.imul(hash ^ (buf[end]! | 32), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Whether the bytes at off are `name` (lower case), without regard to ASCII case. */
function equalFolded(buf: Uint8Array, off: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    let byte = buf[off + i]!;
    if (byte >= 65 && byte <= 90) byte += 32;
    if (byte !== name[i]) return false;
  }
  return true;
}
