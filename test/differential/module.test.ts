/** MODULE's refusals and empty lists, and what a server that is no replica says of its role. */
import { differential, group, matching } from '../support/differential.ts';

differential('module', [
  group(
    'MODULE without modules',
    `
    MODULE
    MODULE FOO
    MODULE LIST
    MODULE LIST x
    MODULE LOAD
    MODULE LOAD /nonexistent/module.so
    MODULE LOAD relative.so
    MODULE LOAD /
    MODULE LOAD /etc/passwd a b
    MODULE LOAD ""
    MODULE LOADEX
    MODULE LOADEX /nonexistent/module.so
    MODULE LOADEX /nonexistent/module.so ARGS a b
    MODULE LOADEX /nonexistent/module.so CONFIG
    MODULE LOADEX /nonexistent/module.so CONFIG a
    MODULE LOADEX /nonexistent/module.so CONFIG a b
    MODULE LOADEX /nonexistent/module.so CONFIG a b CONFIG a c
    MODULE LOADEX /nonexistent/module.so CONFIG a b ARGS c
    MODULE LOADEX /nonexistent/module.so FOO
    MODULE UNLOAD
    MODULE UNLOAD nosuch
    MODULE UNLOAD a b
    MODULE HELP x
    MODULE LIST
    `,
    matching(
      'MODULE HELP',
      /^\*\d+\r\n\+MODULE <subcommand> \[<arg> \[value\] \[opt\] \.\.\.\]\. Subcommands are:\r\n/,
    ),
  ),
  group(
    'ROLE, REPLICAOF, SLAVEOF of a master',
    `
    ROLE
    ROLE x
    REPLICAOF NO ONE
    SLAVEOF no one
    REPLICAOF
    REPLICAOF a
    REPLICAOF 127.0.0.1 notaport
    REPLICAOF 127.0.0.1 -1
    REPLICAOF 127.0.0.1 65536
    SLAVEOF a b c
    ROLE
    `,
  ),
]);
