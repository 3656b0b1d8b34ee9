/** The fault of the name of a user, a group, a role or a policy; undefined if there is none (IAM API reference, CreateUser). */
export function nameFault(name: string, maxLength = 64): string | undefined {
  if (name === '') return 'Enter a name.'
  if (name.length > maxLength) return `A name has at most ${maxLength} characters.`
  return /^[\w+=,.@-]+$/.test(name) ? undefined : 'Use letters, digits, and + = , . @ _ -.'
}

/** The fault of a path; undefined if there is none. */
export function pathFault(path: string): string | undefined {
  return /^\/(?:[\u0021-\u007e]+\/)?$/.test(path) && path.length <= 512
    ? undefined
    : 'A path begins and ends with /, such as /team/.'
}
