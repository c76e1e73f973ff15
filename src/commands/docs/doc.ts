/** What COMMAND DOCS tells about a command. */
export interface CommandDocs {
  readonly summary?: string;
  /** Release that brought the command. */
  readonly since?: string;
  /** `string`, `generic` …; `module` for commands of modules. */
  readonly group: string;
  readonly complexity?: string;
  readonly docFlags?: readonly ('deprecated' | 'syscmd')[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** Pairs of a release and what it changed. */
  readonly history?: readonly (readonly [since: string, change: string])[];
  readonly args?: readonly CommandArgument[];
}

export type ArgumentType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

/** An argument, or with `args` a choice (`oneof`) or a sequence (`block`) of arguments. */
export interface CommandArgument {
  readonly name: string;
  readonly type: ArgumentType;
  /** How it is shown in a synopsis; the name when absent. */
  readonly display?: string;
  /** Index of the key specification that finds it. */
  readonly keySpecIndex?: number;
  /** Word that precedes the argument, or is the argument (`pure-token`). */
  readonly token?: string;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly flags?: readonly ('optional' | 'multiple' | 'multiple_token')[];
  readonly args?: readonly CommandArgument[];
}

/** The documentation of one group of commands by full name (`config|get`). */
export type DocsTable = Readonly<Record<string, CommandDocs>>;
