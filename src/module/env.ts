// What the module host needs of its server. The server passes an object with this interface to `new ModuleHost(env)`;
// nothing under src/module knows more of the server than this.

import type { CommandSpec } from '../commands/types.ts';
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply.ts';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** What a module's call needs of a client; the server's Client is one. */
export interface ModuleClient {
  readonly id: number;
  /** The command line being executed; borrowed. */
  args: Args;
  /** Where its replies go; `out.resp` is its protocol version. */
  out: ReplyWriter;
  dbIndex: number;
}

/** A command that a module wants to be run (RM_Call). */
export interface ModuleCall {
  args: Args;
  /** The client on whose behalf, null for none. */
  client: ModuleClient | null;
  dbIndex: number;
  /** Protocol version that the reply is to be written in. */
  resp: 2 | 3;
  /** `!`, `A`, `R`: replicate to the AOF and to replicas. */
  propagateAof: boolean;
  propagateReplicas: boolean;
  /** `C`: check the ACL permissions of the client's (or the context's) user. */
  checkAcl: boolean;
  user: string | null;
  /** `S`, `W`, `M`, `D`: as a script may; no write commands; respect deny-oom; check only. */
  scriptMode: boolean;
  noWrites: boolean;
  respectDenyOom: boolean;
  dryRun: boolean;
  /** `K`: the command may block; otherwise it must not. */
  allowBlocking: boolean;
}

/** Why a call was refused before it ran; `errno` is what RM_Call leaves in C's errno. */
export interface CallRefusal {
  errno: number;
  /** Error text with its code and without `-`; a reply of that text is returned where the module asked for errors. */
  message: string;
}

/** The server, as its modules see it. */
export interface ModuleEnv {
  /** Writes to the server's log. */
  log(level: LogLevel, message: string): void;

  /** Whether a command of this name (lower case, top level) exists, built-in or of a module. */
  hasCommand(name: string): boolean;
  /** Adds a module's command; its name is free. The specification may be completed until the load ends. */
  addCommand(spec: CommandSpec, moduleName: string): void;
  /** A command that was added changed (subcommands, key specifications, ACL categories). */
  commandChanged(name: string): void;
  removeCommand(name: string): void;

  /** Runs a command and returns its reply as protocol bytes, or why it was refused. */
  call(call: ModuleCall): Uint8Array | CallRefusal;
  clientById(id: number): ModuleClient | null;

  /** Runs `action` once, `delayMs` from now, outside of any command. Returns a function that cancels it. */
  schedule(delayMs: number, action: () => void): () => void;
  /** Runs `action` `hz` times a second. Returns a function that ends this. */
  onCron(action: () => void): () => void;

  /** Value of a directive as CONFIG GET shows it, null when there is none of that name. */
  configGet(name: string): string | null;
  /** Sets a directive as CONFIG SET does; null on success, otherwise the reason. */
  configSet(name: string, value: string): string | null;

  /** Whether the server is part of a cluster. */
  readonly clusterEnabled: boolean;
}
