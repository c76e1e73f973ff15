/**
 * Directives that a configuration file may hold and whose promise this server cannot keep. Where ignoring one would
 * open the server or mislead its clients, it does not start; where only durability or a limit is missing, it warns.
 */
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/load.ts';
import { replicaof, save } from '../config/special.ts';
import type { Logger } from './process/logger.ts';

/** Throws a ConfigError for what must not be ignored. */
export function refuseUnsupported(config: Config): void {
  const user = config.users[0];
  if (user !== undefined) throw new ConfigError('ACL users are not supported by this version of graftis', user.origin);
  const refuse = (given: boolean, directive: string) => {
    if (given) throw new ConfigError(`${directive} is not supported by this version of graftis`, null);
  };
  refuse(config.str('aclfile') !== '', 'aclfile');
  refuse(config.bool('cluster-enabled'), 'cluster-enabled yes');
  refuse(config.valueOf(replicaof) !== null, 'replicaof');
  refuse(config.num('tls-port') !== 0, 'tls-port');
}

/** Says in the log what is missing. */
export function warnUnsupported(config: Config, log: Logger): void {
  if (config.valueOf(save).length > 0 || config.bool('appendonly')) {
    log.warning(
      'WARNING: this version of graftis writes neither snapshots nor an append only file: data lives in memory',
    );
  }
  if (config.num('maxmemory') > 0 && config.enumValue('maxmemory-policy') !== 'noeviction') {
    log.warning(
      'WARNING: this version of graftis evicts no keys: beyond maxmemory it refuses writes, as noeviction does',
    );
  }
  if (config.bool('syslog-enabled')) log.warning('WARNING: syslog is not supported: the log goes to logfile or stdout');
}
