/** COMMAND DOCS' description of a command. */
import type { ReplyWriter } from '../../protocol/reply.ts';
import type { CommandArgument } from '../docs/doc.ts';
import { docsOf } from '../docs/index.ts';
import type { CommandEntry } from '../registry.ts';

/** The map of what is known about a command, its subcommands nested in the last field. */
export function replyCommandDocs(out: ReplyWriter, entry: CommandEntry): void {
  const docs = docsOf(entry);
  const mark = out.defer();
  let fields = 0;
  const text = (name: string, value: string | undefined | null): void => {
    if (value === undefined || value === null) return;
    out.bulkText(name);
    out.bulkText(value);
    fields++;
  };
  text('summary', docs.summary);
  text('since', docs.since);
  text('group', docs.group);
  text('complexity', docs.complexity);
  text('module', entry.module);
  if (docs.docFlags !== undefined) {
    out.bulkText('doc_flags');
    out.set(docs.docFlags.length);
    for (const flag of docs.docFlags) out.simple(flag);
    fields++;
  }
  text('deprecated_since', docs.deprecatedSince);
  text('replaced_by', docs.replacedBy);
  if (docs.history !== undefined) {
    out.bulkText('history');
    out.set(docs.history.length);
    for (const [since, change] of docs.history) {
      out.array(2);
      out.bulkText(since);
      out.bulkText(change);
    }
    fields++;
  }
  if (docs.args !== undefined) {
    out.bulkText('arguments');
    replyArguments(out, docs.args);
    fields++;
  }
  if (entry.subcommands !== null) {
    out.bulkText('subcommands');
    out.map(entry.subcommands.size);
    for (const sub of entry.subcommands.values()) {
      out.bulkText(sub.fullName);
      replyCommandDocs(out, sub);
    }
    fields++;
  }
  out.endMap(mark, fields);
}

function replyArguments(out: ReplyWriter, args: readonly CommandArgument[]): void {
  out.array(args.length);
  for (const arg of args) replyArgument(out, arg);
}

function replyArgument(out: ReplyWriter, arg: CommandArgument): void {
  const nested = arg.type === 'oneof' || arg.type === 'block';
  const mark = out.defer();
  let fields = 0;
  const text = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    out.bulkText(name);
    out.bulkText(value);
    fields++;
  };
  text('name', arg.name);
  text('type', arg.type);
  if (!nested) text('display_text', arg.display ?? arg.name);
  if (arg.keySpecIndex !== undefined) {
    out.bulkText('key_spec_index');
    out.integer(arg.keySpecIndex);
    fields++;
  }
  text('token', arg.token);
  text('summary', arg.summary);
  text('since', arg.since);
  text('deprecated_since', arg.deprecatedSince);
  if (arg.flags !== undefined) {
    out.bulkText('flags');
    out.set(arg.flags.length);
    for (const flag of arg.flags) out.simple(flag);
    fields++;
  }
  if (nested) {
    out.bulkText('arguments');
    replyArguments(out, arg.args ?? []);
    fields++;
  }
  out.endMap(mark, fields);
}
