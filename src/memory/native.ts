/** Whether native code can be called, for those who call none themselves but have to choose. */
export { nativeStackBytes, nativeUnavailable, WANTED_STACK_BYTES } from './koffi.ts';
