/**
 * koffi, configured. Its settings cannot change once a library has been loaded, so everything that needs koffi imports
 * it from here.
 */
import koffi from 'koffi';

/** Native code called from JavaScript runs on a stack of koffi's own; modules expect one of the usual 8 MiB. */
const STACK_BYTES = 8 << 20;

koffi.config({ sync_stack_size: STACK_BYTES });

export default koffi;
