/** Documentation of the server's own commands, and where to find that of any command. */
import type { CommandEntry } from '../registry.ts';
import { aclDocs } from './acl-docs.ts';
import { bitmapDocs } from './bitmap-docs.ts';
import { clientDocs } from './client-docs.ts';
import { clusterDocs } from './cluster-docs.ts';
import { commandDocs } from './command-docs.ts';
import { connectionDocs } from './connection-docs.ts';
import type { CommandDocs, DocsTable } from './doc.ts';
import { expireDocs } from './expire-docs.ts';
import { genericDocs } from './generic-docs.ts';
import { geoDocs } from './geo-docs.ts';
import { hashDocs } from './hash-docs.ts';
import { hashExpireDocs } from './hash-expire-docs.ts';
import { hyperloglogDocs } from './hyperloglog-docs.ts';
import { introspectionDocs } from './introspection-docs.ts';
import { listDocs } from './list-docs.ts';
import { pubsubDocs } from './pubsub-docs.ts';
import { serverDocs } from './server-docs.ts';
import { setDocs } from './set-docs.ts';
import { sortDocs } from './sort-docs.ts';
import { streamDocs } from './stream-docs.ts';
import { streamGroupDocs } from './stream-group-docs.ts';
import { stringDocs } from './string-docs.ts';
import { stringPartsDocs } from './string-parts-docs.ts';
import { transactionDocs } from './transaction-docs.ts';
import { zsetDocs } from './zset-docs.ts';
import { zsetRangeDocs } from './zset-range-docs.ts';

const TABLES: readonly DocsTable[] = [
  connectionDocs,
  clientDocs,
  stringDocs,
  stringPartsDocs,
  listDocs,
  setDocs,
  zsetDocs,
  zsetRangeDocs,
  hashDocs,
  hashExpireDocs,
  geoDocs,
  bitmapDocs,
  hyperloglogDocs,
  streamDocs,
  streamGroupDocs,
  genericDocs,
  transactionDocs,
  pubsubDocs,
  expireDocs,
  sortDocs,
  serverDocs,
  clusterDocs,
  commandDocs,
  introspectionDocs,
  aclDocs,
];
const OWN = new Map<string, CommandDocs>(TABLES.flatMap((table) => Object.entries(table)));
const UNDOCUMENTED: CommandDocs = { group: 'generic' };
const UNDOCUMENTED_MODULE: CommandDocs = { group: 'module' };

/** What COMMAND DOCS says of a command; a module's command has what the module gave for it. */
export function docsOf(entry: CommandEntry): CommandDocs {
  if (entry.module !== null) return entry.docs ?? UNDOCUMENTED_MODULE;
  return OWN.get(entry.fullName) ?? UNDOCUMENTED;
}
