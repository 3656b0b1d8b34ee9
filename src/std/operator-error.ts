/**
 * Something only the operator can mend: a setting, a file, a port. The message says what and how, and is all that is
 * shown; there is no stack to read.
 */
export class OperatorError extends Error {}
