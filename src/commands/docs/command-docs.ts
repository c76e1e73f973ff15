/** Documentation of COMMAND, CONFIG and MODULE. */
import type { DocsTable } from './doc.ts';

export const commandDocs: DocsTable = {
  command: {
    summary: 'Describes all commands.',
    since: '2.8.13',
    group: 'server',
    complexity: 'O(N) where N is the number of commands.',
  },
  'command|count': { summary: 'Counts the commands.', since: '2.8.13', group: 'server', complexity: 'O(1)' },
  'command|docs': {
    summary: 'Gives documentation about commands.',
    since: '7.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of commands asked for.',
    args: [{ name: 'command-name', type: 'string', flags: ['optional', 'multiple'] }],
  },
  'command|getkeys': {
    summary: 'Finds the keys in a command line.',
    since: '2.8.13',
    group: 'server',
    complexity: 'O(N) where N is the number of arguments.',
    args: [
      { name: 'command', type: 'string' },
      { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
    ],
  },
  'command|getkeysandflags': {
    summary: 'Finds the keys in a command line and how each of them is used.',
    since: '7.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of arguments.',
    args: [
      { name: 'command', type: 'string' },
      { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
    ],
  },
  'command|help': { summary: 'Describes the subcommands.', since: '5.0.0', group: 'server', complexity: 'O(1)' },
  'command|info': {
    summary: 'Describes some or all commands.',
    since: '2.8.13',
    group: 'server',
    complexity: 'O(N) where N is the number of commands asked for.',
    history: [['7.0.0', 'Without names it describes all commands.']],
    args: [{ name: 'command-name', type: 'string', flags: ['optional', 'multiple'] }],
  },
  'command|list': {
    summary: 'Gives the names of the commands.',
    since: '7.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of commands.',
    args: [
      {
        name: 'filterby',
        type: 'oneof',
        token: 'FILTERBY',
        flags: ['optional'],
        args: [
          { name: 'module-name', type: 'string', token: 'MODULE' },
          { name: 'category', type: 'string', token: 'ACLCAT' },
          { name: 'pattern', type: 'pattern', token: 'PATTERN' },
        ],
      },
    ],
  },
  config: {
    summary: 'Groups the commands that deal with the configuration.',
    since: '2.0.0',
    group: 'server',
    complexity: 'Depends on the subcommand.',
  },
  'config|get': {
    summary: 'Gives the values of directives.',
    since: '2.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of directives given.',
    history: [['7.0.0', 'Takes several patterns.']],
    args: [{ name: 'parameter', type: 'string', flags: ['multiple'] }],
  },
  'config|help': { summary: 'Describes the subcommands.', since: '5.0.0', group: 'server', complexity: 'O(1)' },
  'config|resetstat': {
    summary: 'Sets the statistics of the server to zero.',
    since: '2.0.0',
    group: 'server',
    complexity: 'O(1)',
  },
  'config|rewrite': {
    summary: 'Writes the present configuration to the configuration file.',
    since: '2.8.0',
    group: 'server',
    complexity: 'O(1)',
  },
  'config|set': {
    summary: 'Changes directives of the running server.',
    since: '2.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of directives given.',
    history: [['7.0.0', 'Takes several directives.']],
    args: [
      {
        name: 'data',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'parameter', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
  },
  module: {
    summary: 'Groups the commands that deal with modules.',
    since: '4.0.0',
    group: 'server',
    complexity: 'Depends on the subcommand.',
  },
  'module|help': { summary: 'Describes the subcommands.', since: '5.0.0', group: 'server', complexity: 'O(1)' },
  'module|list': {
    summary: 'Gives the loaded modules.',
    since: '4.0.0',
    group: 'server',
    complexity: 'O(N) where N is the number of loaded modules.',
  },
  'module|load': {
    summary: 'Loads a module.',
    since: '4.0.0',
    group: 'server',
    complexity: 'O(1)',
    args: [
      { name: 'path', type: 'string' },
      { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
    ],
  },
  'module|loadex': {
    summary: 'Loads a module and sets its directives.',
    since: '7.0.0',
    group: 'server',
    complexity: 'O(1)',
    args: [
      { name: 'path', type: 'string' },
      {
        name: 'configs',
        type: 'block',
        token: 'CONFIG',
        flags: ['optional', 'multiple', 'multiple_token'],
        args: [
          { name: 'name', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
      { name: 'args', type: 'string', token: 'ARGS', flags: ['optional', 'multiple'] },
    ],
  },
  'module|unload': {
    summary: 'Unloads a module.',
    since: '4.0.0',
    group: 'server',
    complexity: 'O(1)',
    args: [{ name: 'name', type: 'string' }],
  },
};
