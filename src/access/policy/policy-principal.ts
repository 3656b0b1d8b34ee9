import { isAccountArn, isAccountId, isPrincipalId, parsePrincipalArn } from '../../domain/index.ts'
import { objectOf, stringsOf } from './policy-json.ts'
import { PolicyProblem } from './policy-problem.ts'

/** A principal that a statement names. */
export type StatementPrincipal =
  | { readonly type: 'everyone' }
  /** The account itself: its root user, and every principal that the account's own policies allow. */
  | { readonly type: 'account'; readonly accountId: string }
  | { readonly type: 'arn'; readonly arn: string }
  | { readonly type: 'service'; readonly service: string }
  | { readonly type: 'federated'; readonly provider: string }

/** Reads a Principal or NotPrincipal (IAM user guide, "AWS JSON policy elements: Principal"). Throws PolicyProblem. */
export function parsePrincipals(value: unknown, place: string): StatementPrincipal[] {
  if (value === '*') return [{ type: 'everyone' }]
  const byType = objectOf(value, place)
  const principals = Object.entries(byType).flatMap(([type, names]) =>
    stringsOf(names, place).map(name => parsePrincipal(type, name, place)),
  )
  if (principals.length === 0) throw new PolicyProblem('is empty', place)
  return principals
}

function parsePrincipal(type: string, name: string, place: string): StatementPrincipal {
  switch (type) {
    case 'AWS':
      return parseAwsPrincipal(name, place)
    case 'Service':
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) throw invalidPrincipal(place)
      return { type: 'service', service: name }
    case 'Federated':
      return { type: 'federated', provider: name }
    default:
      throw new PolicyProblem(`cannot have the member ${type}`, place)
  }
}

function parseAwsPrincipal(name: string, place: string): StatementPrincipal {
  if (name === '*') return { type: 'everyone' }
  if (isAccountId(name)) return { type: 'account', accountId: name }
  if (isPrincipalId(name)) return { type: 'arn', arn: name }
  const principal = parsePrincipalArn(name)
  if (principal === undefined) throw invalidPrincipal(place)
  return isAccountArn(principal)
    ? { type: 'account', accountId: principal.accountId }
    : { type: 'arn', arn: principal.arn }
}

const invalidPrincipal = (place: string) => new PolicyProblem(invalidPrincipalsText, place, 'AWS')

/** The error text for a principal that is malformed or does not exist (text from the public emulators). */
export const invalidPrincipalsText = 'Policy contains a statement with one or more invalid principals.'
