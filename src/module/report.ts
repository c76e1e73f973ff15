// Why did the load fail? Redis answers each failure with the same line; the report says which API call returned an
// error and with which arguments, and which functions the module looked for in vain.

import type { CParam } from './abi/ctype.ts';
import { formatHandle } from './abi/handles.ts';
import { readCString } from './abi/native-memory.ts';
import { moduleStrings } from './abi/string-handles.ts';

const MAX_CALLS = 5;
const MAX_NAMES = 12;
const MAX_TEXT = 80;

/** What is worth telling about one load. */
export class LoadReport {
  /** Failed calls, rendered, the latest last. */
  readonly failedCalls: string[] = [];
  /** Names that GetApi did not know, in order. */
  readonly missing: string[] = [];
  /** Set when the name passed to RedisModule_Init is taken. */
  busyName: string | null = null;

  /** An API function answered with its failure value. */
  noteFailure(name: string, params: readonly CParam[], args: ArrayLike<unknown>, reason: string): void {
    const shown = params.map((param, i) => renderArgument(param, args[i]));
    const call = `RedisModule_${name}(${shown.join(', ')})`;
    this.failedCalls.push(reason === '' ? `${call} failed` : `${call} failed: ${reason}`);
    if (this.failedCalls.length > MAX_CALLS) this.failedCalls.shift();
  }

  noteMissing(name: string): void {
    if (!this.missing.includes(name)) this.missing.push(name);
  }

  /** Which functions the module asked for in vain; empty when there are none. */
  missingLine(): string {
    if (this.missing.length === 0) return '';
    const names = this.missing.slice(0, MAX_NAMES).join(', ');
    const more = this.missing.length > MAX_NAMES ? ` and ${this.missing.length - MAX_NAMES} more` : '';
    return `it asked for functions that are not available: ${names}${more}`;
  }

  /** One line, without the module's path. `fallback` is what to say when nothing was noticed. */
  summary(fallback: string): string {
    const parts: string[] = [];
    if (this.busyName !== null) parts.push(`the module name '${this.busyName}' is busy`);
    parts.push(...this.failedCalls);
    if (parts.length === 0) parts.push(fallback);
    if (this.missing.length > 0) parts.push(this.missingLine());
    return parts.join('; ');
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);
}

/** One argument as a reader of the log wants it: text for strings, hexadecimal for other pointers. */
function renderArgument(param: CParam, value: unknown): string {
  const type = param.text.replace(/\bconst\b/g, '').replace(/\s+/g, '');
  if (type === 'RedisModuleCtx*') return 'ctx';
  if (typeof value === 'number' && param.text.includes('*')) {
    if (value === 0) return `${param.name}=NULL`;
    // Only `const char *` is text for certain; `char *` parameters are buffers to fill.
    if (type === 'char*' && param.text.startsWith('const')) return `${param.name}=${quote(readCString(value))}`;
    if (type === 'RedisModuleString*' && moduleStrings.find(value) >= 0) {
      return `${param.name}=${quote(moduleStrings.text(value))}`;
    }
    return `${param.name}=${formatHandle(value)}`;
  }
  return `${param.name}=${String(value)}`;
}
