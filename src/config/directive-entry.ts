/** One directive together with its current value in one Config. */
import type { Directive, ParseContext, Parsed } from './directive.ts';
import { MULTI_ARG, VOLATILE } from './directive.ts';

export class Entry {
  readonly directive: Directive;
  /** Whether the configuration file or the command line has set it. */
  loaded: boolean;
  #value: unknown;
  #num: number;

  constructor(directive: Directive) {
    this.directive = directive;
    this.#value = directive.initial();
    this.#num = toNumber(this.#value);
    this.loaded = false;
  }

  get value(): unknown {
    return this.directive.storage === undefined ? this.#value : this.directive.storage.get();
  }

  /** The value as a plain number where it is one (bool: 0 or 1, otherwise 0). */
  get num(): number {
    return this.directive.storage === undefined ? this.#num : toNumber(this.directive.storage.get());
  }

  /** Store a valid value; returns the text of a refusal by the value's owner, or null. */
  assign(value: unknown): string | null {
    const error = this.directive.storage?.set(value) ?? null;
    if (error !== null) return error;
    this.#value = value;
    this.#num = toNumber(value);
    return null;
  }

  /**
   * Read arguments and store their value.
   *
   * @returns what happened: `error` is the reason of a refusal; `changed` says whether apply hooks have to run.
   */
  set(args: readonly string[], context: ParseContext): { error: string | null; changed: boolean } {
    const parsed: Parsed<unknown> = this.directive.parse(args, this.value, context);
    if ('error' in parsed) return { error: parsed.error, changed: false };
    const same = this.directive.equal(this.value, parsed.value);
    if (same) return { error: null, changed: (this.directive.flags & VOLATILE) !== 0 };
    return { error: this.assign(parsed.value), changed: true };
  }

  /** The value's text as CONFIG GET prints it. */
  format(): string {
    return this.directive.format(this.value);
  }

  /** Arguments that one CONFIG SET value means for this directive. */
  splitValue(text: string): string[] {
    if ((this.directive.flags & MULTI_ARG) === 0) return [text];
    return text === '' ? [] : text.split(' ');
  }
}

function toNumber(value: unknown): number {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? Number(value) : 0;
}
