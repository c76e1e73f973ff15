// Last words: when a signal ends the process inside of native code, the native shim (native/crash.c) writes a report to the
// log. It can ask nobody then, so all that it may have to tell is in memory by that time: where the log is, which names the
// numbers of modules and commands stand for (activity.ts), which function of the API is in progress (in-progress.ts), and
// which functions modules asked for in vain. A module that calls one of those calls through NULL.

import koffi from '../memory/koffi.ts';
import type { Shim } from '../memory/shim.ts';
import type { Activity } from './activity.ts';
import { apiInProgress, apiNames, askedInVain, onAskedInVain } from './in-progress.ts';

/** Offsets in `struct crash_block` (native/crash.h). */
const BLOCK = {
  activity: 0,
  api: 8,
  names: 16,
  apiNames: 24,
  missing: 32,
  path: 40,
  version: 48,
  nameCount: 56,
  apiCount: 60,
  zoneSeconds: 64,
  json: 68,
  bytes: 72,
} as const;
const NAME_BYTES = 64;
/** More than that of a module's missing functions is cut off. */
const MISSING_LINE = 800;

/** Where a report goes. */
export interface ReportPlace {
  /** Absolute path of the log file, '' for standard output. */
  readonly logfile: string;
  readonly format: 'classic' | 'json';
  /** Begins the report: which server this is. */
  readonly version: string;
}

type NativeBytes = Uint8Array | Int32Array;

function addressOf(bytes: NativeBytes): number {
  return Number(koffi.address(bytes));
}

export class LastWords {
  private readonly begin: (block: number) => void;
  private readonly finish: () => void;
  private readonly block = new DataView(new ArrayBuffer(BLOCK.bytes));
  /** What the block points to. */
  private readonly kept = new Map<number, NativeBytes>();
  private names: Uint8Array = Buffer.alloc(0);
  private readonly onVain = (): void => this.tellMissing();

  constructor(shim: Shim, { logfile, format, version }: ReportPlace) {
    this.begin = shim.func('void graftis_watch_crashes(uintptr_t block)');
    this.finish = shim.func('void graftis_unwatch_crashes(void)');
    this.keepText(BLOCK.path, logfile);
    this.keepText(BLOCK.version, version);
    this.keep(BLOCK.api, apiInProgress);
    this.block.setInt32(BLOCK.json, format === 'json' ? 1 : 0, true);
    this.block.setInt32(BLOCK.zoneSeconds, -60 * new Date().getTimezoneOffset(), true);
    this.tellMissing();
  }

  /** From now on signals are reported. */
  watch(): void {
    this.begin(addressOf(new Uint8Array(this.block.buffer)));
    onAskedInVain.add(this.onVain);
  }

  /** Signals are left alone again. */
  unwatch(): void {
    this.finish();
    onAskedInVain.delete(this.onVain);
  }

  /** The calls into modules to tell of. All API functions must be registered. */
  follow(activity: Activity): void {
    this.keep(BLOCK.activity, activity.words);
    for (const [name, number] of activity.names) this.name(number, name);
    activity.onName.add((number, name) => this.name(number, name));
    const apis = Buffer.alloc(NAME_BYTES * apiNames.length);
    for (const [i, name] of apiNames.entries()) writeName(apis, i, `RedisModule_${name}`);
    this.keep(BLOCK.apiNames, apis);
    this.block.setInt32(BLOCK.apiCount, apiNames.length, true);
  }

  private keep(offset: number, bytes: NativeBytes): void {
    // What native code knows by address only is collected like anything else.
    this.kept.set(offset, bytes);
    this.block.setFloat64(offset, addressOf(bytes), true);
  }

  private keepText(offset: number, text: string): void {
    const bytes = Buffer.from(`${text}\0`);
    this.keep(offset, Buffer.allocUnsafeSlow(bytes.length).fill(bytes));
  }

  private name(number: number, name: string): void {
    if (NAME_BYTES * (number + 1) > this.names.length) {
      const names = Buffer.alloc(Math.max(NAME_BYTES * (number + 1), 2 * this.names.length));
      names.set(this.names);
      this.names = names;
      this.keep(BLOCK.names, names);
      this.block.setInt32(BLOCK.nameCount, names.length / NAME_BYTES, true);
    }
    writeName(this.names, number, name);
  }

  private tellMissing(): void {
    const lines = [...askedInVain].map(([path, names]) =>
      `Module ${path} asked for functions that are not available: ${[...names].join(', ')}`.slice(0, MISSING_LINE),
    );
    this.keepText(BLOCK.missing, lines.join('\n'));
  }
}

/** A name in its place, with a NUL behind it. */
function writeName(table: Uint8Array, number: number, name: string): void {
  const bytes = Buffer.from(name).subarray(0, NAME_BYTES - 1);
  table.set(bytes, NAME_BYTES * number);
  table[NAME_BYTES * number + bytes.length] = 0;
}
