/** Documentation of ACL. */
import type { CommandArgument, CommandDocs, DocsTable } from './doc.ts';

const username: CommandArgument = { name: 'username', type: 'string' };
const EACH_USER = 'O(N) where N is the number of users.';
const CHANNELS = ['6.2.0', 'Patterns of channels.'] as const;

function row(since: string, summary: string, complexity: string, more: Partial<CommandDocs> = {}): CommandDocs {
  return { summary, since, group: 'server', complexity, ...more };
}

export const aclDocs: DocsTable = {
  acl: row('6.0.0', 'Groups commands for users and what they may do.', 'Depends on the subcommand.'),
  'acl|cat': row(
    '6.0.0',
    'Lists categories of commands, or the commands of one.',
    'O(N) where N is the number listed.',
    {
      args: [{ name: 'category', type: 'string', flags: ['optional'] }],
    },
  ),
  'acl|deluser': row('6.0.0', 'Removes users and closes their connections.', 'O(N) where N is the number of clients.', {
    args: [{ ...username, flags: ['multiple'] }],
  }),
  'acl|dryrun': row('7.0.0', 'Says whether a user may run a command.', 'O(1)', {
    args: [
      username,
      { name: 'command', type: 'string' },
      { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
    ],
  }),
  'acl|genpass': row('6.0.0', 'Makes a random password.', 'O(1)', {
    args: [{ name: 'bits', type: 'integer', flags: ['optional'] }],
  }),
  'acl|getuser': row('6.0.0', 'Tells what a user may do.', 'O(N) where N is the number of rules of the user.', {
    history: [CHANNELS, ['7.0.0', 'Selectors; patterns of keys are given as rules.']],
    args: [username],
  }),
  'acl|help': row('6.0.0', 'Explains the subcommands.', 'O(1)'),
  'acl|list': row('6.0.0', 'Lists users as lines of a configuration.', EACH_USER),
  'acl|load': row('6.0.0', 'Takes the users of the ACL file.', EACH_USER),
  'acl|log': row('6.0.0', 'Lists what was denied of late.', 'O(N) where N is the number of entries.', {
    history: [['7.2.0', 'Entry id, times of creation and last change.']],
    args: [
      {
        name: 'operation',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer' },
          { name: 'reset', type: 'pure-token', token: 'RESET' },
        ],
      },
    ],
  }),
  'acl|save': row('6.0.0', 'Writes users to the ACL file.', EACH_USER),
  'acl|setuser': row('6.0.0', 'Adds a user or changes one.', 'O(N) where N is the number of rules.', {
    history: [CHANNELS, ['7.0.0', 'Selectors, and permissions of keys to be read or written.']],
    args: [username, { name: 'rule', type: 'string', flags: ['optional', 'multiple'] }],
  }),
  'acl|users': row('6.0.0', 'Lists the names of users.', EACH_USER),
  'acl|whoami': row('6.0.0', "Names the connection's user.", 'O(1)'),
};
