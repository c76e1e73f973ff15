/** Snapshots (RDB) and the append only file. */

import { INT_MIN } from '../config-numbers.ts';
import {
  bool,
  choice,
  DENY_LOADING,
  type Directive,
  HIDDEN,
  IMMUTABLE,
  int,
  longLong,
  PROTECTED,
  type StringValue,
  string,
} from '../directive.ts';
import { save } from '../special.ts';

/** A check that the value is one component of a path. `what` is the word in the error text. */
function baseName(name: string, what: string): (value: StringValue) => string | null {
  return (value) => (/[/\\]/.test(value ?? '') ? `${name} can't be a path, just a ${what}` : null);
}

/** The same for names that must not be empty. */
function nonEmptyBaseName(name: string, what: string): (value: StringValue) => string | null {
  return (value) => (value === '' ? `${name} can't be empty` : baseName(name, what)(value));
}

const MB = 1024 * 1024;

export const persistenceDirectives: readonly Directive[] = [
  save,
  string('dbfilename', 'dump.rdb', {
    allowEmpty: true,
    flags: PROTECTED,
    check: baseName('dbfilename', 'filename'),
  }),
  bool('rdbcompression', true),
  bool('rdbchecksum', true, { flags: IMMUTABLE }),
  bool('rdb-del-sync-files', false),
  bool('rdb-save-incremental-fsync', true),
  bool('stop-writes-on-bgsave-error', true),
  int('rdb-key-save-delay', 0, { min: Number(INT_MIN), flags: HIDDEN }),
  int('key-load-delay', 0, { min: Number(INT_MIN), flags: HIDDEN }),
  longLong('loading-process-events-interval-bytes', 2 * MB, { min: 1024, max: 2147483647, flags: HIDDEN }),

  bool('appendonly', false, { flags: DENY_LOADING }),
  string('appendfilename', 'appendonly.aof', {
    allowEmpty: true,
    flags: IMMUTABLE,
    check: nonEmptyBaseName('appendfilename', 'filename'),
  }),
  string('appenddirname', 'appendonlydir', {
    allowEmpty: true,
    flags: IMMUTABLE,
    check: nonEmptyBaseName('appenddirname', 'dirname'),
  }),
  choice('appendfsync', ['everysec', 'always', 'no'], 'everysec'),
  bool('no-appendfsync-on-rewrite', false),
  int('auto-aof-rewrite-percentage', 100),
  longLong('auto-aof-rewrite-min-size', 64 * MB, { unit: 'memory' }),
  bool('aof-load-truncated', true),
  bool('aof-use-rdb-preamble', true),
  bool('aof-timestamp-enabled', false),
  bool('aof-rewrite-incremental-fsync', true),
  bool('aof-disable-auto-gc', false, { flags: HIDDEN }),
];
