import type { Principal } from '../../domain/index.ts'
import type { Statement } from './policy-document.ts'
import type { PolicyKind } from './policy-kind.ts'
import type { StatementPrincipal } from './policy-principal.ts'

/**
 * How a statement names the principal. `throughRole`: it names the role of the session, and permissions boundary and session
 * policies still limit the access. `throughAccount`: it names the account, whose identity policies must allow too.
 */
export type PrincipalMatch = 'directly' | 'throughRole' | 'throughAccount' | 'no'

/** The caller of a request, as a statement can name it. */
export interface MatchedCaller {
  readonly principal: Principal
  /** It takes the place of a principal that only an identity provider vouches for. */
  readonly federatedProvider?: string | undefined
  /** The permissions boundary of the principal; undefined if it has none. */
  readonly boundary?: object | undefined
}

export type PrincipalMatcher = (caller: MatchedCaller) => PrincipalMatch

/** The principals of a statement by their kinds. */
interface NamedPrincipals {
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly arns: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  readonly providers: Pick<ReadonlySet<string>, 'has'>
}

export function compilePrincipals({ principals, effect }: Statement, kind: PolicyKind): PrincipalMatcher {
  if (principals === undefined) return () => 'directly'
  const named = groupByKind(principals.items, kind)
  if (!principals.isNot) return named.everyone ? () => 'directly' : compileNamed(named)
  const matches = compileNotNamed(named, effect === 'Deny')
  return effect === 'Deny' ? caller => (hasBoundary(caller) ? 'directly' : matches(caller)) : matches
}

/**
 * Whether a Deny with NotPrincipal applies to the caller in any case. It does to every user and role that has a permissions
 * boundary, whichever principals it lists (IAM user guide, "Permissions boundaries for IAM entities", "Important").
 */
export function hasBoundary({ principal, federatedProvider, boundary }: MatchedCaller): boolean {
  return boundary !== undefined && federatedProvider === undefined && principal.type !== 'AWSService'
}

/**
 * In the policy of a VPC endpoint, `{"Federated": "*"}` names the users of all identity providers (AWS's data perimeter policy examples,
 * sts_endpoint_policy.json). A policy that allows something by itself has to name each of them.
 */
function groupByKind(principals: readonly StatementPrincipal[], kind: PolicyKind): NamedPrincipals {
  const providers = new Set(principals.flatMap(p => (p.type === 'federated' ? [p.provider] : [])))
  return {
    everyone: principals.some(({ type }) => type === 'everyone'),
    accounts: new Set(principals.flatMap(p => (p.type === 'account' ? [p.accountId] : []))),
    arns: new Set(principals.flatMap(p => (p.type === 'arn' ? [p.arn] : []))),
    services: new Set(principals.flatMap(p => (p.type === 'service' ? [p.service] : []))),
    providers: kind === 'endpoint' && providers.has('*') ? { has: () => true } : providers,
  }
}

function compileNamed({ accounts, arns, services, providers }: NamedPrincipals): PrincipalMatcher {
  return ({ principal, federatedProvider: provider }) => {
    if (provider !== undefined) return providers.has(provider) ? 'directly' : 'no'
    if (principal.type === 'AWSService') return services.has(principal.service) ? 'directly' : 'no'
    if (arns.has(principal.arn)) return 'directly'
    if (principal.type === 'AssumedRole' && arns.has(principal.roleArn)) return 'throughRole'
    if (!accounts.has(principal.accountId)) return 'no'
    return principal.type === 'Root' ? 'directly' : 'throughAccount'
  }
}

/**
 * A Deny with NotPrincipal exempts a principal only if it lists the principal and everything that the principal belongs to: a
 * user and its account; a session, its role and their account (IAM user guide, "AWS JSON policy elements: NotPrincipal"). An
 * Allow with NotPrincipal, which AWS advises against, excludes a principal if it lists any of these. In doubt there is
 * less access.
 */
function compileNotNamed(named: NamedPrincipals, isDeny: boolean): PrincipalMatcher {
  // NotPrincipal "*" excludes everyone, so the statement never matches.
  if (named.everyone) return () => 'no'
  return ({ principal, federatedProvider }) => {
    const listed = listings(named, principal, federatedProvider)
    const isExcluded = isDeny ? listed.every(Boolean) : listed.some(Boolean)
    return isExcluded ? 'no' : 'directly'
  }
}

/** Whether each of the principal and the things that it belongs to is listed. */
function listings(named: NamedPrincipals, principal: Principal, provider: string | undefined): boolean[] {
  const { accounts, arns, services, providers } = named
  if (provider !== undefined) return [providers.has(provider)]
  switch (principal.type) {
    case 'AWSService':
      return [services.has(principal.service)]
    case 'Root':
      return [accounts.has(principal.accountId)]
    case 'AssumedRole':
      return [accounts.has(principal.accountId), arns.has(principal.roleArn), arns.has(principal.arn)]
    default:
      return [accounts.has(principal.accountId), arns.has(principal.arn)]
  }
}
