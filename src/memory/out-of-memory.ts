/**
 * Telling a want of memory from a defect.
 *
 * V8 throws a plain RangeError when it cannot have the memory of a buffer, with one of these texts (the last is
 * Node's, for lengths that no buffer can have); what runs out in the heap of objects ends the process by itself.
 */
const TEXTS = [
  'Array buffer allocation failed',
  'Invalid typed array length',
  'Invalid array buffer length',
  'The value of "size" is out of range',
];

/** Memory that cannot be had, said by our own code. */
export class OutOfMemory extends Error {}

/** Whether what was thrown says that there is no memory for a buffer. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof OutOfMemory) return true;
  return error instanceof RangeError && TEXTS.some((text) => error.message.startsWith(text));
}
