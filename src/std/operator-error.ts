/**
 * A problem that only the operator can fix: a setting, a file, a port. The message names the problem and how to fix it.
 * Only the message is shown, without a stack.
 */
export class OperatorError extends Error {}

/** Whether an error comes from the disk or the database on it, such as a full disk: the operator can repair it. */
export function isFileTrouble(error: unknown): error is Error {
  const codes = ['ERR_SQLITE_ERROR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO']
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
