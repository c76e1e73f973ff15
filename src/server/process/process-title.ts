/** The title of the process in `ps`, from `proc-title-template`. */
import type { Config } from '../../config/config.ts';
import { expandProcTitle } from '../../config/process-title-template.ts';
import { bind } from '../../config/special.ts';

/** What the variable {listen-addr} stands for. */
function listenAddress(config: Config): string {
  const port = config.num('port') || config.num('tls-port');
  const unixSocket = config.str('unixsocket');
  if (port === 0 && unixSocket !== '') return `unixsocket:${unixSocket}`;
  return `${config.valueOf(bind)[0] ?? '*'}:${port}`;
}

/** Set the title now and whenever the template changes, unless `set-proc-title no`. */
export function setProcTitle(config: Config): void {
  if (!config.bool('set-proc-title')) return;
  const apply = (): string | null => {
    const title = expandProcTitle(config.str('proc-title-template'), {
      title: 'graftis-server',
      'listen-addr': listenAddress(config),
      'server-mode': config.bool('cluster-enabled') ? '[cluster]' : '',
      port: String(config.num('port')),
      'tls-port': String(config.num('tls-port')),
      unixsocket: config.str('unixsocket'),
      'config-file': config.configFile ?? '',
    });
    if (title === null) return 'failed to set process title';
    process.title = title;
    return null;
  };
  apply();
  config.onApply(['proc-title-template', 'port', 'bind', 'tls-port'], apply);
}
