/** CLIENT: the container and its HELP. */
import type { CommandClient } from '../command-client.ts';
import { replyHelp } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import { clientListCommands } from './client-list.ts';
import { clientModeCommands } from './client-mode.ts';
import { clientNameCommands } from './client-name.ts';
import { trackingCommands } from './tracking-commands.ts';

const HELP = [
  'CACHING (YES|NO)',
  '    Whether the keys of the next command are tracked, in the modes OPTIN and OPTOUT.',
  'GETNAME',
  '    Name of this connection.',
  'GETREDIR',
  '    ID of the connection that gets the invalidation messages of this one.',
  'ID',
  '    ID of this connection.',
  'INFO',
  '    The line of CLIENT LIST about this connection.',
  'KILL <ip:port>',
  '    Close the connection that comes from this address.',
  'KILL <option> <value> [<option> <value> [...]]',
  '    Close all connections that every option fits. Options are:',
  '    * ADDR (<ip:port>|<unixsocket>:0)',
  '      Address the connection comes from.',
  '    * LADDR (<ip:port>|<unixsocket>:0)',
  '      Address of this server that it goes to.',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
  '      Kind of connection.',
  '    * USER <username>',
  '      User who is logged in.',
  '    * SKIPME (YES|NO)',
  '      Whether this connection is spared (default: yes).',
  '    * ID <client-id>',
  '      ID of the connection.',
  '    * MAXAGE <maxage>',
  '      Connections that are at least so many seconds old.',
  'LIST [options ...]',
  '    One line about each connection. Options:',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
  '      Only connections of this kind.',
  '    * ID <client-id> [<client-id> [...]]',
  '      Only these connections.',
  'NO-EVICT (ON|OFF)',
  '    Whether this connection is spared when buffers of clients take too much memory.',
  'NO-TOUCH (ON|OFF)',
  '    Whether commands of this connection leave the access time of keys alone.',
  'PAUSE <timeout> [WRITE|ALL]',
  '    Hold up all commands, or those that write, for this many milliseconds.',
  'REPLY (ON|OFF|SKIP)',
  '    Which commands of this connection are answered.',
  'SETINFO <option> <value>',
  '    Tell about the client library. Options are:',
  '    * LIB-NAME: its name.',
  '    * LIB-VER: its version.',
  'SETNAME <name>',
  '    Give this connection a name.',
  'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]',
  '         [OPTIN] [OPTOUT] [NOLOOP]',
  '    Tell this connection, or another one, when keys change that it has read.',
  'TRACKINGINFO',
  '    Whether and how keys are tracked for this connection.',
  'UNBLOCK <clientid> [TIMEOUT|ERROR]',
  '    End the wait of a blocked connection.',
  'UNPAUSE',
  '    End a pause before its time.',
];

export const clientCommands: readonly CommandSpec[] = [
  {
    name: 'client',
    arity: -2,
    flags: ['sentinel'],
    subcommands: [
      ...clientListCommands,
      ...clientModeCommands,
      ...clientNameCommands,
      ...trackingCommands,
      {
        name: 'help',
        arity: 2,
        flags: ['loading', 'stale', 'sentinel'],
        categories: ['connection'],
        proc: (c: CommandClient) => replyHelp(c, 'CLIENT', HELP),
      },
    ],
  },
];
