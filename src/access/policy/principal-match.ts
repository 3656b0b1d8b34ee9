import type { Principal } from '../../domain/index.ts'
import type { Statement } from './policy-document.ts'
import type { StatementPrincipal } from './policy-principal.ts'

/**
 * How a statement names the principal. `throughRole`: by the role of its session, which permissions boundary and session
 * policies still limit. `throughAccount`: by its account, which leaves it to the account's identity policies.
 */
export type PrincipalMatch = 'directly' | 'throughRole' | 'throughAccount' | 'no'

/** `federatedProvider` stands for a principal that only an identity provider vouches for. */
export type PrincipalMatcher = (principal: Principal, federatedProvider: string | undefined) => PrincipalMatch

interface Named {
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly arns: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  readonly providers: ReadonlySet<string>
}

export function compilePrincipals({ principals, effect }: Statement): PrincipalMatcher {
  if (principals === undefined) return () => 'directly'
  const named = sort(principals.items)
  if (!principals.isNot) return named.everyone ? () => 'directly' : compileNamed(named)
  // Nobody is left to whom a statement without everyone applies.
  if (named.everyone) return () => 'no'
  return compileNotNamed(named, effect === 'Deny')
}

function sort(principals: readonly StatementPrincipal[]): Named {
  return {
    everyone: principals.some(({ type }) => type === 'everyone'),
    accounts: new Set(principals.flatMap(p => (p.type === 'account' ? [p.accountId] : []))),
    arns: new Set(principals.flatMap(p => (p.type === 'arn' ? [p.arn] : []))),
    services: new Set(principals.flatMap(p => (p.type === 'service' ? [p.service] : []))),
    providers: new Set(principals.flatMap(p => (p.type === 'federated' ? [p.provider] : []))),
  }
}

function compileNamed({ accounts, arns, services, providers }: Named): PrincipalMatcher {
  return (principal, provider) => {
    if (provider !== undefined) return providers.has(provider) ? 'directly' : 'no'
    if (principal.type === 'AWSService') return services.has(principal.service) ? 'directly' : 'no'
    if (arns.has(principal.arn)) return 'directly'
    if (principal.type === 'AssumedRole' && arns.has(principal.roleArn)) return 'throughRole'
    if (!accounts.has(principal.accountId)) return 'no'
    return principal.type === 'Root' ? 'directly' : 'throughAccount'
  }
}

/**
 * A Deny with NotPrincipal spares only whom it lists with all that stands behind them: a user and its account; a session,
 * its role and their account (IAM user guide, "AWS JSON policy elements: NotPrincipal"). An Allow with NotPrincipal, which
 * AWS advises against, excludes whoever has any of these listed. So in doubt there is less access.
 */
function compileNotNamed(named: Named, isDeny: boolean): PrincipalMatcher {
  return (principal, provider) => {
    const listed = listings(named, principal, provider)
    const isSpared = isDeny ? listed.every(Boolean) : listed.some(Boolean)
    return isSpared ? 'no' : 'directly'
  }
}

function listings(named: Named, principal: Principal, provider: string | undefined): boolean[] {
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
