/**
 * A problem that only the operator can fix: a setting, a file, a port. The message names the problem and how to fix it.
 * Only the message is shown, without a stack.
 */
export class OperatorError extends Error {}
