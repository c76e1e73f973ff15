/** Whether a server uses the native shim: the directive `native-shim`, and whether it can be had. */
import type { Config } from '../../config/config.ts';
import { nativeUnavailable } from '../../memory/native.ts';
import { nativeShim, SHIM_UNWANTED, type Shim } from '../../memory/shim.ts';
import type { Logger } from './logger.ts';

/** The shim, or why this server does without; the log is told. */
export function chooseShim(config: Config, log: Logger): Shim | string {
  if (config.enumValue('native-shim') === 'no') {
    log.notice('Native shim: off, as native-shim says');
    return 'native-shim no';
  }
  const shim = nativeShim();
  if (typeof shim !== 'string') log.notice('Native shim: on');
  else if (nativeUnavailable !== null || shim === SHIM_UNWANTED) log.notice(`Native shim: off, since ${shim}`);
  else log.warning(`Native shim: off, since ${shim}`);
  return shim;
}
